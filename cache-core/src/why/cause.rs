//! Why one key has nothing to serve, in four bytes.

use super::{NOTES, Why, details, log};
use crate::clock::{self, Moment};
use crate::stats::MissReason;

/// Why a key has nothing to serve: a reason, and the number of an invalidation or of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MissCause(u32);

/// The bits of the reason.
const REASON: u32 = 0b1111;
const BITS: u32 = 4;

/// The bits of a moment that are less than a second.
const SECONDS: u32 = 32;

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

    /// Of other variants of what is kept until then.
    pub(crate) fn variant_until(end: Moment) -> Self {
        let end = u32::try_from(end.to_bits() >> SECONDS).unwrap_or(NOTES);
        Self(MissReason::Variant as u32 | end.min(NOTES - 1) << BITS)
    }

    /// Of another variant of what this was noted for, if that is still kept.
    pub(crate) fn of_other_variant(self) -> Option<Self> {
        let end = u64::from(self.0 >> BITS) << SECONDS;
        let is_kept = end >> SECONDS == u64::from(NOTES - 1) || clock::now().to_bits() < end;
        let is_noted = self.reason() == MissReason::Variant;
        (is_noted && is_kept).then_some(Self::of(MissReason::Variant))
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
    use std::time::Duration;

    use super::*;
    use crate::testing::Clock;

    #[test]
    fn another_variant_is_kept_until_the_end_of_its_life() {
        let clock = Clock::freeze();
        let noted = MissCause::variant_until(clock::now().after(Duration::from_secs(10)));
        let endless = MissCause::variant_until(Moment::NEVER);
        let variant = Some(MissCause::of(MissReason::Variant));
        assert_eq!(noted.of_other_variant(), variant);
        clock.advance(Duration::from_secs(10));
        assert_eq!(
            (noted.of_other_variant(), endless.of_other_variant()),
            (None, variant)
        );
        assert_eq!(MissCause::of(MissReason::Expired).of_other_variant(), None);
    }

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
