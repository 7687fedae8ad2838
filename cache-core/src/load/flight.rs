//! The flight of a load, as its leader goes on with it or leaves it.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use super::intent::WriteIntent;
use super::leader::{Leader, Role};
use super::request::LoadRequest;
use crate::clock;
use crate::context;
use crate::entry::AnyEntry;
use crate::near::FlightResult;
use crate::wait;

impl Leader<'_> {
    /// Keeps a stale value here that the store has; tells whether the flight of this load still has its key.
    pub(super) fn keep_stale(&self, entry: &Arc<dyn AnyEntry>) -> bool {
        let LoadRequest {
            near, hash, key, ..
        } = &*self.request;
        match &self.role {
            Role::Flight(flight) => near.keep_stale(*hash, key, flight, entry),
            _ => false,
        }
    }

    /// Ends the flight for those who wait, who look again, and goes on with another one; tells whether it did.
    pub(super) fn begin_again(&mut self) -> bool {
        let LoadRequest {
            near,
            hash,
            key,
            names,
            ..
        } = &*self.request;
        let Role::Flight(flight) = &self.role else {
            return false;
        };
        let Some(next) = near.begin_again(*hash, key, flight, names) else {
            return false;
        };
        flight.land(FlightResult::Gone);
        self.role = Role::Flight(next);
        true
    }

    /// Runs a future as the load. Others wait for it for `limit`; then they load alone, and so do those who come within `limit` after that.
    #[cfg_attr(not(feature = "http"), expect(dead_code, reason = "pages alone ask"))]
    pub(crate) async fn load_shared_for<F: Future>(
        &mut self,
        limit: Duration,
        load: F,
    ) -> F::Output {
        let mut load = pin!(self.load(load));
        let mut pause = pin!(wait::pause(limit));
        let ended = poll_fn(|context| match load.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending => pause.as_mut().poll(context).map(|()| None),
        });
        if let Some(output) = ended.await {
            return output;
        }
        self.release_followers(limit);
        load.await
    }

    /// Ends the flight: those who wait load alone, and so do those who come within `a_while`. What this load brings is kept unless
    /// something else is there by then.
    fn release_followers(&mut self, a_while: Duration) {
        let Role::Flight(flight) = &self.role else {
            return;
        };
        let flight = flight.clone();
        let LoadRequest {
            near, hash, key, ..
        } = &*self.request;
        // Before the flight is gone: who removes or sets the key finds the one or the other.
        let intent = WriteIntent::since(&self.request, &flight.generation);
        let role = if near.detach(*hash, key, &flight) {
            near.pass(*hash, key, clock::now().after(a_while));
            Role::Solo {
                intent,
                _permit: None,
            }
        } else {
            // The key was removed or set: what this load brings is not kept.
            Role::Alone(
                flight
                    .generation
                    .renamed(near.slots(self.request.own_names())),
            )
        };
        self.role = role;
        self.unlock_without_value();
        flight.land(FlightResult::Private);
    }

    /// Takes the flight from its key.
    pub(super) fn detach(&self) {
        let LoadRequest {
            near, hash, key, ..
        } = &*self.request;
        if let Role::Flight(flight) = &self.role {
            near.detach(*hash, key, flight);
        }
    }
}

impl Drop for Leader<'_> {
    fn drop(&mut self) {
        if let Some(loading) = &self.loading {
            context::request::note_load(loading.elapsed());
        }
        if !self.landed {
            self.leave();
        }
    }
}

impl Leader<'_> {
    /// A load of the same caller, who has waited in vain for others. Those who wait for this one look again.
    pub(super) fn into_solo(mut self: Box<Self>) -> Box<Self> {
        self.leave();
        self.role = Role::Solo {
            intent: WriteIntent::begin(&self.request),
            _permit: None,
        };
        self
    }

    /// Leaves the flight, and ends it for those who wait unless another leads it too.
    fn leave(&self) {
        let Role::Flight(flight) = &self.role else {
            return;
        };
        if !flight.leave() {
            return;
        }
        if std::thread::panicking() {
            self.request.pause();
        } else {
            self.request.due_again();
        }
        // Comparing keys may run code that is not ours: if that panics, those who wait must still be told.
        let _ = catch_unwind(AssertUnwindSafe(|| self.detach()));
        flight.land(if std::thread::panicking() {
            FlightResult::Panicked
        } else {
            FlightResult::Gone
        });
    }
}

#[cfg(all(test, not(cache_loom)))]
mod tests {
    use super::*;
    use crate::entry::Entry;
    use crate::load::Opened;
    use crate::marks::marks;
    use crate::name::{Name, NameScope};
    use crate::near::{Asker, Bounds, Near};
    use crate::policy::Life;
    use crate::wait::block_on;

    const A_WHILE: Duration = Duration::from_secs(1);

    /// What may happen to the key of a load while it is under way.
    #[derive(Clone, Copy, Debug, PartialEq)]
    enum Meanwhile {
        Nothing,
        Marked,
        SetAndRemoved,
        /// And somebody else is about to write it again.
        RemovedAndRefreshed,
    }

    /// A load for which nobody waits any more counts from its begin on.
    #[test]
    fn a_load_that_has_let_others_go_is_kept_unless_it_was_overtaken() {
        let name = Name::of("tag", b"posts");
        let asker = Asker::by_hand::<u64>();
        for meanwhile in [
            Meanwhile::Nothing,
            Meanwhile::Marked,
            Meanwhile::SetAndRemoved,
            Meanwhile::RemovedAndRefreshed,
        ] {
            for is_before in [true, false] {
                let bounds = Bounds {
                    entries: 16,
                    bytes: usize::MAX,
                    joins: true,
                };
                let near: Near<u64, Entry<u64>> = Near::new(bounds, marks(), NameScope::fresh());
                let hash = near.hash(&7_u64);
                let open = || {
                    LoadRequest::new(&near, hash, near.key(&7_u64), asker, Box::new([name])).open()
                };
                let Opened::Run(mut leader) = block_on(open()) else {
                    panic!("nobody else is there");
                };
                let mut refresh = None;
                let mut happen = || match meanwhile {
                    Meanwhile::Nothing => {}
                    Meanwhile::Marked => marks().mark(marks().slot(near.scope(), name)),
                    Meanwhile::SetAndRemoved | Meanwhile::RemovedAndRefreshed => {
                        let request =
                            LoadRequest::new(&near, hash, near.key(&7_u64), asker, Box::new([]));
                        let mut other = Leader::solo(request, None);
                        let entry: Arc<dyn AnyEntry> =
                            other.entry(2_u64, Life::new(clock::now(), None), 0, &[]);
                        near.set(hash, &near.key(&7_u64), &entry);
                        assert!(near.remove(hash, &near.key(&7_u64), 0));
                        if meanwhile == Meanwhile::RemovedAndRefreshed {
                            let request = LoadRequest::new(
                                &near,
                                hash,
                                near.key(&7_u64),
                                asker,
                                Box::new([]),
                            );
                            refresh = Some(Leader::refresh(request, false));
                        }
                    }
                };
                if is_before {
                    happen();
                }
                leader.release_followers(A_WHILE);
                if !is_before {
                    happen();
                }
                let Opened::Run(other) = block_on(open()) else {
                    panic!("it need not wait");
                };
                drop(other);
                let entry = leader.entry(1_u64, Life::new(clock::now(), None), 0, &[]);
                block_on(leader.keep(entry));
                if let Some(mut refresh) = refresh {
                    let entry = refresh.entry(3_u64, Life::new(clock::now(), None), 0, &[]);
                    block_on(refresh.keep(entry));
                    let found = near.get(hash, &7_u64, |found| found.value().copied());
                    assert_eq!(found, Some(3), "{is_before}");
                    continue;
                }
                let kept = near.get(hash, &7_u64, |_| Some(())).is_some();
                let expected = meanwhile == Meanwhile::Nothing;
                assert_eq!(kept, expected, "{meanwhile:?}, {is_before}");
            }
        }
    }
}
