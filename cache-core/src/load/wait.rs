//! Waiting for the load of another: as long as it may succeed, and then for a place to load by oneself.

use std::sync::Arc;
use std::time::Duration;

use super::request::{How, Request};
use crate::clock::{self, Moment};
use crate::context;
use crate::entry::Entry;
use crate::flight::{Flight, Landing, SharedError};
use crate::monitor::Monitor;
use crate::near::Join;

/// A leader that has not ended after this time gets a second one at its side, and so on; who has waited twice as long
/// loads alone, in a place among few, for which nobody waits longer than this once more.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many of those who load alone after a failed or slow leader may do so at once, for each tier.
const ALONE_AT_ONCE: usize = 64;

/// Whose turn it is.
pub(super) enum Turn<'n, V: ?Sized + 'static> {
    /// A value is there.
    Ready(Arc<Entry<V>>, How),
    /// Ours: the others wait, or load by themselves as well.
    Lead(Arc<Flight<V>>),
    /// Ours, outside of any flight.
    Solo(Option<Permit<'n>>),
    /// Ours alone: the outcome is not kept.
    Alone,
    /// The load that we waited for has failed.
    Failed(SharedError),
}

impl<'n, K: Eq + Clone + 'static, V: ?Sized + 'static> Request<'n, K, V> {
    /// Whose turn it is in this process. Waiting is bounded; nobody waits for a load that encloses the call.
    pub(super) async fn join(&self) -> Turn<'n, V> {
        let called = clock::now();
        let patience = called.after(PATIENCE * 2);
        let (mut declined, mut failed) = (false, false);
        loop {
            let (flight, closed) =
                match self
                    .near
                    .join(self.hash, &self.key, self.origin, &self.names, self.fits)
                {
                    Join::Found(entry) => return Turn::Ready(entry, How::Hit),
                    Join::Lead(flight) => return Turn::Lead(flight),
                    Join::Alone => return Turn::Alone,
                    Join::Follow { flight, closed } => (flight, closed),
                };
            if context::is_inside(flight.id()) {
                return Turn::Alone;
            }
            if flight.take_over(PATIENCE) {
                return Turn::Lead(flight);
            }
            match flight.landing(flight.overdue(PATIENCE).min(patience)).await {
                Some(Landing::Value(_)) if closed => {}
                Some(Landing::Value(entry)) if !(self.fits)(entry.value()) => {
                    return Turn::Alone;
                }
                Some(Landing::Value(entry)) if self.may_share(&entry, called) => {
                    return Turn::Ready(entry, How::Coalesced);
                }
                Some(Landing::Value(_)) if declined => return self.solo().await,
                Some(Landing::Value(_)) => declined = true,
                Some(Landing::Error(error)) => return Turn::Failed(error),
                // One failure says little of the next load; after two, nobody waits for a third.
                Some(Landing::Failed | Landing::Panicked) if !failed => failed = true,
                Some(Landing::Failed | Landing::Panicked) => return self.solo().await,
                Some(Landing::Private) => return Turn::Alone,
                None if clock::now() >= patience => return self.solo().await,
                Some(Landing::Gone) | None => {}
            }
        }
    }

    /// Whether a caller who waited since `called` may have the value. What a store has not confirmed may have been invalidated
    /// by other processes once its bound has passed: calls that began after it need another one.
    fn may_share(&self, entry: &Entry<V>, called: Moment) -> bool {
        let until = match self.behind {
            Some(_) => entry.until(),
            None => entry.bound(),
        };
        called < until && self.near.is_good(entry)
    }

    /// Those who were waited for have failed, or taken too long, or brought what is too old for this call: it loads by itself,
    /// unless another of those who do has brought a value while this one waited for its place.
    async fn solo(&self) -> Turn<'n, V> {
        let permit = self.permit().await;
        let (near, origin) = (self.near, self.origin);
        match near.usable(self.hash, &self.key, origin, self.fits) {
            Some(entry) => Turn::Ready(entry, How::Coalesced),
            None => Turn::Solo(permit),
        }
    }

    /// Waits for a place among those who load alone; whoever has lost patience goes without.
    async fn permit(&self) -> Option<Permit<'n>> {
        let alone = self.near.alone();
        let deadline = clock::now().after(PATIENCE);
        let place = |at_once: &mut usize| (*at_once < ALONE_AT_ONCE).then(|| *at_once += 1);
        alone.until(deadline, place).await.map(|()| Permit(alone))
    }
}

/// A place among those who load alone.
pub(crate) struct Permit<'a>(&'a Monitor<usize>);

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.0.update_for_one(|at_once| *at_once -= 1);
    }
}

#[cfg(all(test, not(cache_loom)))]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;
    use crate::entry::BY_HAND;
    use crate::load::Opened;
    use crate::marks::marks;
    use crate::monitor::block_on;
    use crate::name::{Name, NameScope};
    use crate::near::{Bounds, Near};
    use crate::policy::Life;

    /// Who joined a load before an invalidation, and wakes after it, loads anew. Nothing is removed: only what the value carries
    /// says that it is overtaken.
    #[test]
    fn a_value_that_was_overtaken_while_one_waited_for_it_is_not_shared() {
        let bounds = Bounds {
            entries: 16,
            bytes: usize::MAX,
            joins: true,
        };
        let near: Near<u64, u64> = Near::new(bounds, marks(), NameScope::fresh());
        let name = Name::of("tag", b"posts");
        let open = || {
            let request = Request::new(&near, near.hash(&7_u64), 7, BY_HAND, Box::new([name]));
            request.open()
        };
        for is_overtaken in [false, true] {
            near.clear();
            let Opened::Run(mut leader) = block_on(open()) else {
                panic!("nobody else is there");
            };
            let mut waiting = pin!(open());
            let mut context = Context::from_waker(Waker::noop());
            assert!(waiting.as_mut().poll(&mut context).is_pending());
            if is_overtaken {
                marks().mark(marks().slot(near.scope(), name));
            }
            let entry = leader.entry(1, Life::new(clock::now(), None), 0, &[]);
            block_on(leader.keep(entry));
            match waiting.as_mut().poll(&mut context) {
                Poll::Ready(Opened::Ready(..)) => assert!(!is_overtaken),
                Poll::Ready(Opened::Run(_)) => assert!(is_overtaken),
                _ => panic!("the load has ended"),
            }
        }
    }
}
