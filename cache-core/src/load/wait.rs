//! Waiting for the load of another: as long as it may succeed, and then for a place to load by oneself.

use std::ops::ControlFlow;

use super::leader::Leader;
use super::opened::{How, Opened};
use super::patience::LEADER_TIMEOUT;
use super::request::LoadRequest;
use crate::clock::{self, Moment};
use crate::context;
use crate::entry::Meta;
use crate::generation::{Generation, Validity};
use crate::near::{FlightResult, Join};
use crate::rule::{self, Rule};

impl<'n> LoadRequest<'n> {
    /// Joins the flight of the key in this process, or begins it. Waiting is bounded; nobody waits for a load that encloses
    /// the call. `generation` and `begun` were taken when the call began.
    pub(super) async fn join(
        mut self: Box<Self>,
        generation: Generation,
        begun: Moment,
    ) -> Opened<'n> {
        let mut waits_since = None;
        let (mut declined, mut failed) = (false, false);
        loop {
            let (flight, closed) =
                match self
                    .near
                    .join(self.hash, &self.key, self.asker, &self.names)
                {
                    Join::Found(entry) => return Opened::Ready(entry, How::Hit),
                    Join::Lead(flight) => return Opened::Run(Leader::of_flight(self, flight)),
                    Join::Alone => return self.alone(),
                    Join::Follow { flight, closed } => (flight, closed),
                };
            if context::is_inside(flight.id()) {
                return self.alone();
            }
            let since = *waits_since.get_or_insert_with(clock::now);
            let give_up = since.after(LEADER_TIMEOUT * 2);
            if flight.replace_stuck_leader(LEADER_TIMEOUT) {
                return Opened::Run(Leader::of_flight(self, flight));
            }
            let overdue = flight.overdue(LEADER_TIMEOUT);
            let deadline = overdue.min(give_up).min(self.end_of_patience(&flight));
            let result = flight.result(deadline).await;
            let has_failed = matches!(
                result,
                Some(FlightResult::Error(_) | FlightResult::Failed | FlightResult::Panicked)
            );
            if has_failed && let Some(stale) = self.stale() {
                return Opened::Ready(stale, How::Stale);
            }
            match result {
                Some(FlightResult::Value(_)) if closed => {}
                Some(FlightResult::Value(entry)) if !self.asker.fits(&*entry) => {
                    return self.alone();
                }
                Some(FlightResult::Value(entry)) if self.may_share(&entry, since) => {
                    return Opened::Ready(entry, How::Coalesced);
                }
                Some(FlightResult::Value(_)) if declined => return self.solo().await,
                Some(FlightResult::Value(_)) => declined = true,
                Some(FlightResult::Error(error)) => {
                    return Opened::Failed(error, Leader::alone(self, generation, begun));
                }
                // One failure says little of the next load; after two, nobody waits for a third.
                Some(FlightResult::Failed | FlightResult::Panicked) if !failed => failed = true,
                Some(FlightResult::Failed | FlightResult::Panicked) => return self.solo().await,
                Some(FlightResult::Private) => return self.alone(),
                None if clock::now() >= give_up => return self.solo().await,
                Some(FlightResult::Gone) | None => {}
            }
            // What was waited for may have left a value that serves.
            self = match self.serve_or_end(&flight) {
                ControlFlow::Break(opened) => return opened,
                ControlFlow::Continue(waiting) => waiting,
            };
        }
    }

    /// What is here or in the store, or a load that nobody joins and whose value nobody keeps.
    pub(super) async fn look_or_load_alone(self: Box<Self>, generation: &Generation) -> Opened<'n> {
        if let Some(entry) = self.near.usable(self.hash, &self.key, self.asker) {
            return Opened::Ready(entry, How::Hit);
        }
        if let Some(backing) = self.backing
            && let Ok(entry) = backing.look(&self, generation).await
        {
            return Opened::Ready(entry, How::Hit);
        }
        Opened::Run(self.lead_alone())
    }

    /// The caller loads alone, and what it loads is not kept.
    fn alone(self: Box<Self>) -> Opened<'n> {
        Opened::Run(self.lead_alone())
    }

    /// A load that nobody else has a part in, and that asks nobody whether something is there.
    pub(crate) fn lead_alone(self: Box<Self>) -> Box<Leader<'n>> {
        let generation = self.near.generation(&[]);
        Leader::alone(self, generation, clock::now())
    }

    /// Whether a caller who waited since then may have the value. What a store has not confirmed may have been invalidated
    /// by other processes once its bound has passed: who began to wait after it needs another one. A removal of what lies in the table of its
    /// tier is not seen here: this call began before it.
    fn may_share(&self, entry: &Meta, since: Moment) -> bool {
        let until = match self.backing {
            Some(_) => entry.until(),
            None => entry.bound(),
        };
        rule::holds(Rule::SharedInTime, since < until)
            && self.near.validity(entry.generation.view()) == Validity::Valid
    }

    /// Those who were waited for have failed, or taken too long, or brought what is too old for this call: it loads by itself,
    /// unless another of those who do has brought a value while this one waited for its place.
    async fn solo(self: Box<Self>) -> Opened<'n> {
        let permit = self.permit(clock::now().after(LEADER_TIMEOUT)).await;
        match self.near.usable(self.hash, &self.key, self.asker) {
            Some(entry) => Opened::Ready(entry, How::Coalesced),
            None => Opened::Run(Leader::solo(self, permit)),
        }
    }
}

#[cfg(all(test, not(cache_loom)))]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;
    use crate::entry::Entry;
    use crate::load::Opened;
    use crate::marks::marks;
    use crate::name::{Name, NameScope};
    use crate::near::{Asker, Bounds, Near};
    use crate::policy::Life;
    use crate::wait::block_on;

    /// Who joined a load before an invalidation, and wakes after it, loads anew. Nothing is removed: only what the value carries
    /// says that it is overtaken.
    #[test]
    fn a_value_that_was_overtaken_while_one_waited_for_it_is_not_shared() {
        let bounds = Bounds {
            entries: 16,
            bytes: usize::MAX,
            joins: true,
        };
        let near: Near<u64, Entry<u64>> = Near::new(bounds, marks(), NameScope::fresh());
        let name = Name::of("tag", b"posts");
        let asker = Asker::by_hand::<u64>();
        let open = || {
            let request = LoadRequest::new(
                &near,
                near.hash(&7_u64),
                near.key(&7_u64),
                asker,
                Box::new([name]),
            );
            request.open()
        };
        for is_overtaken in [false, true] {
            near.clear(0);
            let Opened::Run(mut leader) = block_on(open()) else {
                panic!("nobody else is there");
            };
            let mut waiting = pin!(open());
            let mut context = Context::from_waker(Waker::noop());
            assert!(waiting.as_mut().poll(&mut context).is_pending());
            if is_overtaken {
                marks().mark(marks().slot(near.scope(), name));
            }
            let entry = leader.entry(1_u64, Life::new(clock::now(), None), 0, &[]);
            block_on(leader.keep(entry));
            match waiting.as_mut().poll(&mut context) {
                Poll::Ready(Opened::Ready(..)) => assert!(!is_overtaken),
                Poll::Ready(Opened::Run(_)) => assert!(is_overtaken),
                _ => panic!("the load has ended"),
            }
        }
    }
}
