//! What is told of an entry to those who copy it.

use std::time::Duration;

use super::view::EntryRef;
use crate::clock::Moment;
use crate::hot::HotOffer;

/// An entry that lives shorter has no copies: they may be some milliseconds late.
const SHORT: Duration = Duration::from_millis(16);

impl EntryRef<'_> {
    /// Offers a valid entry for copies of it, which it has from now on. To be called while it is locked in its tier: from there, whoever
    /// takes it out sees that it has copies.
    pub(crate) fn offer(self) -> Option<HotOffer> {
        let is_short = self.life().whole().is_some_and(|life| life < SHORT);
        // Where a store has a part in it, other processes were promised when its use ends.
        if is_short || self.bound() != Moment::NEVER {
            return None;
        }
        let (reading, part) = self.generation().seen()?;
        self.uses().copy();
        Some(HotOffer {
            reading,
            part,
            due: self.due().to_bits(),
        })
    }
}
