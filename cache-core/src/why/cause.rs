//! Why one key has nothing to serve, in four bytes.

use super::{NOTES, Why, details, log};
use crate::stats::MissReason;

/// Why a key has nothing to serve: a reason, and the number of an invalidation or of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MissCause(u32);

/// The bits of the reason.
const REASON: u32 = 0b1111;
const BITS: u32 = 4;

/// A bit that no cause uses. Whoever stores a cause may keep a flag in it.
pub(crate) const FREE_BIT: u32 = NOTES << BITS;
const _: () = assert!(FREE_BIT == 1 << 31);

impl MissCause {
    pub(crate) const NEVER_SEEN: Self = Self::of(MissReason::NeverSeen);

    pub(crate) const fn of(reason: MissReason) -> Self {
        Self(reason as u32)
    }

    /// Of what the invalidation with this number has ended; zero if its number is not known.
    pub(crate) const fn by(reason: MissReason, invalidation: u32) -> Self {
        Self(reason as u32 | invalidation << BITS)
    }

    /// Of what was refused for this reason, in the words of `Cache-Status`.
    pub(crate) fn refused(detail: &'static str) -> Self {
        Self(MissReason::Refused as u32 | details::number_of(detail) << BITS)
    }

    pub(crate) fn reason(self) -> MissReason {
        MissReason::at((self.0 & REASON) as usize).unwrap_or(MissReason::NeverSeen)
    }

    /// As a number, to be kept beside a hash.
    pub(crate) const fn to_bits(self) -> u32 {
        self.0
    }

    pub(crate) const fn from_bits(bits: u32) -> Self {
        Self(bits)
    }

    /// What a user is told.
    pub(crate) fn explain(self) -> Why {
        let (reason, note) = (self.reason(), self.0 >> BITS);
        let is_refused = reason == MissReason::Refused;
        Why {
            reason,
            detail: is_refused.then(|| details::text_of(note)).flatten(),
            invalidation: (!is_refused && note > 0).then(|| log::find(note)).flatten(),
        }
    }
}

#[cfg(all(test, not(cache_loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_cause_keeps_its_reason_beside_its_note() {
        for reason in MissReason::ALL {
            assert_eq!(MissCause::by(reason, NOTES - 1).reason(), reason);
            assert_eq!(MissCause::by(reason, NOTES - 1).to_bits() & FREE_BIT, 0);
            let kept = MissCause::from_bits(MissCause::of(reason).to_bits());
            assert_eq!(kept.reason(), reason);
        }
        let refused = MissCause::refused("set-cookie");
        assert_eq!(refused.explain().detail, Some("set-cookie"));
        assert_eq!(refused.explain().to_string(), "refused: set-cookie");
    }
}
