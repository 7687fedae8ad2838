//! What is told of an entry to those who copy it.

use std::time::Duration;

use super::view::EntryRef;
use crate::hot::HotOffer;

/// An entry that lives shorter has no copies: they may be some milliseconds late.
const SHORT: Duration = Duration::from_millis(16);

impl EntryRef<'_> {
    /// Offers a valid entry for copies of it, which it has from now on. To be called while it is locked in its tier: from there, whoever
    /// takes it out sees that it has copies.
    pub(crate) fn offer(self) -> Option<HotOffer> {
        if self.life().whole().is_some_and(|life| life < SHORT) {
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
