//! Candidate ttls: whether an entry would have lived on under each of them.

/// The most candidates.
pub(crate) const MOST: usize = 8;

/// The bits of a ttl that are looked at. An age of up to two ttls then fits into a stamp.
const BITS: u32 = 15;

/// A moment in the unit of one ttl, without what is above 16 bits.
pub(super) type LoadStamp = u16;

/// A ttl under which the sampler imagines entries.
///
/// It reads time in a unit of its own: the power of two that makes the ttl between 2^14 and 2^15 units. So the moment of a load takes
/// two bytes, and a life ends up to one part in 8,000 early, and never late.
#[derive(Clone, Copy, Debug)]
pub(super) struct CandidateTtl {
    nanos: u64,
    /// The unit, as a power of two.
    shift: u32,
    /// The ttl in it.
    units: u16,
}

impl CandidateTtl {
    const fn new(nanos: u64) -> Self {
        let shift = (u64::BITS - nanos.leading_zeros()).saturating_sub(BITS);
        Self {
            nanos,
            shift,
            units: low(nanos >> shift),
        }
    }

    /// In nanoseconds.
    pub(super) fn nanos(self) -> u64 {
        self.nanos
    }

    /// The stamp of a moment.
    pub(super) fn stamp(self, now: u64) -> LoadStamp {
        low(now >> self.shift)
    }

    /// Whether less than the ttl has gone by since then.
    pub(super) fn is_above(self, since: u64, now: u64) -> bool {
        now.saturating_sub(since) < self.nanos
    }

    /// Whether an entry of this load still lives, where `last` was the last request of its key.
    pub(super) fn lives(self, loaded: LoadStamp, last: u64, now: u64) -> bool {
        // It lived at `last`, or was loaded there. Less than a ttl later its age is below two of them, and the stamps tell it.
        self.is_above(last, now) && self.stamp(now).wrapping_sub(loaded) < self.units
    }
}

/// The candidates.
#[derive(Debug)]
pub(super) struct CandidateTtls {
    ttls: [CandidateTtl; MOST],
    len: usize,
}

impl CandidateTtls {
    /// The first of these, in nanoseconds.
    pub(super) const fn new(nanos: &[u64]) -> Self {
        let mut ttls = [CandidateTtl::new(0); MOST];
        let mut len = 0;
        while len < nanos.len() && len < MOST {
            ttls[len] = CandidateTtl::new(nanos[len]);
            len += 1;
        }
        Self { ttls, len }
    }

    pub(super) const fn len(&self) -> usize {
        self.len
    }

    pub(super) fn as_slice(&self) -> &[CandidateTtl] {
        &self.ttls[..self.len]
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the rest is left out")]
const fn low(units: u64) -> u16 {
    units as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_life_ends_hardly_early_and_never_late() {
        for nanos in [
            1,
            1_000,
            1 << 14,
            (1 << 15) - 1,
            60_000_000_000,
            86_400_000_000_007,
        ] {
            let ttl = CandidateTtl::new(nanos);
            for loaded in [0, 12_345_678, 1_764_500_000_123_456_789] {
                let lives = |age: u64| ttl.lives(ttl.stamp(loaded), loaded + age / 2, loaded + age);
                assert!(lives(0) && lives(nanos - 1 - nanos / 8_000), "{nanos}");
                assert!(!lives(nanos) && !lives(nanos + nanos / 2), "{nanos}");
            }
        }
    }

    #[test]
    fn an_entry_that_nobody_asked_for_during_a_ttl_is_dead_whatever_its_stamp() {
        let ttl = CandidateTtl::new(1_000);
        let round = 1 << 16;
        assert!(!ttl.lives(ttl.stamp(5), 5, 5 + round));
        assert!(!CandidateTtl::new(0).lives(0, 0, 0), "no time at all");
    }

    #[test]
    fn too_many_candidates_are_cut_off() {
        assert_eq!(CandidateTtls::new(&[1; 20]).as_slice().len(), MOST);
    }
}
