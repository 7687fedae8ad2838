//! Moments in little room.

use crate::clock::{Moment, SIXTEENTH};

/// A moment in 32 bits, rounded down; after eight years, the last that they can say.
pub(super) fn sixteenths(moment: Moment) -> u32 {
    u32::try_from(moment.to_bits() >> SIXTEENTH).unwrap_or(u32::MAX)
}

/// The moment that gave this.
pub(super) fn of_sixteenths(sixteenths: u32) -> Moment {
    Moment::from_bits(u64::from(sixteenths) << SIXTEENTH)
}
