//! What is told of an entry to those who copy it.

use std::time::Duration;

use super::sixteenths::sixteenths;
use super::view::EntryRef;
use crate::clock::Moment;
use crate::hot::HotOffer;

/// An entry that lives shorter has no copies: they end in its last sixteenths of a second.
const SHORT: Duration = Duration::from_millis(200);

impl EntryRef<'_> {
    /// Offers a valid entry for copies of it, which it has from now on. To be called while it is locked in its tier: from there, whoever
    /// takes it out sees that it has copies.
    pub(crate) fn offer(self) -> Option<HotOffer> {
        let is_short = self.life().whole().is_some_and(|life| life < SHORT);
        // Where a store has a part in it, other processes were promised when its use ends.
        // Hits on copies are not counted. Eviction loses nothing by that if no more would be counted anyway.
        if !self.uses().are_most() || is_short || self.bound() != Moment::NEVER {
            return None;
        }
        let (reading, part) = self.generation().seen()?;
        self.uses().copy();
        Some(HotOffer {
            reading,
            part,
            until: sixteenths(self.due()),
        })
    }
}

#[cfg(all(test, not(cache_loom)))]
mod tests {
    use super::*;
    use crate::clock;
    use crate::entry::{BY_HAND, Meta};
    use crate::generation::{Generation, Validity};
    use crate::marks::marks;
    use crate::policy::Life;
    use crate::sync::AtomicU64;

    /// A valid entry that lives so long.
    fn entry(life: Duration) -> Meta {
        let generation = Generation::new(marks().now(), 0, Box::default());
        let validity = generation.validity(marks(), &AtomicU64::new(0));
        assert_eq!(validity, Validity::Valid);
        let entry = Meta::new(generation, Life::new(clock::now(), Some(life)), BY_HAND, 0);
        (0..3).for_each(|_| entry.view().touch());
        entry
    }

    /// Copies go by a time that lags, and how long a store's word holds was promised to other processes.
    #[test]
    fn what_a_store_has_a_part_in_is_not_copied() {
        let entry = entry(Duration::from_secs(900));
        assert!(entry.view().offer().is_some());
        let bound = clock::now().after(Duration::from_secs(60));
        entry.bind(bound, bound);
        assert!(entry.view().offer().is_none());
    }

    #[test]
    fn what_lives_for_a_moment_is_not_copied() {
        assert!(entry(SHORT / 2).view().offer().is_none());
        assert!(entry(SHORT * 2).view().offer().is_some());
    }

    #[test]
    fn what_eviction_counts_is_not_copied() {
        let entry = entry(SHORT * 2);
        assert!(entry.view().take_use() && entry.view().offer().is_none());
        entry.view().touch();
        assert!(entry.view().offer().is_some() && entry.view().is_copied());
    }
}
