//! What serves in the place of a load: a stale value while it is loaded anew, or because its load fails or takes too long.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::leader::Leader;
use super::opened::{How, Opened};
use super::patience::{LEADER_TIMEOUT, Patience};
use super::request::{LoadRequest, Wants};
use crate::clock::{self, Moment};
use crate::entry::{AnyEntry, Meta};
use crate::near::Flight;
use crate::policy::{Freshness, Service, Staleness};

impl<'n> LoadRequest<'n> {
    /// Follows these rules about stale values.
    pub(crate) fn follow(&mut self, rules: Staleness) {
        self.patience = Some(Box::new(Patience::new(rules)));
        if self.wants == Wants::Any {
            self.wants = Wants::NotDue;
        }
    }

    /// Looks for a value in this process that serves at once.
    pub(crate) fn serve(mut self: Box<Self>) -> ControlFlow<Opened<'n>, Box<Self>> {
        let found = self.near.candidate(self.hash, &self.key, self.asker);
        // What a store must confirm again is nothing.
        let Some(entry) = found.filter(|entry| !entry.is_unconfirmed()) else {
            return ControlFlow::Continue(self);
        };
        // Judged after the store's word was looked up: a change that it reported before then has marked the entry.
        let freshness = self.near.judge(entry.view());
        let service = self.service(&entry, freshness);
        if service != Service::None {
            entry.view().touch();
        }
        match service {
            Service::AsItIs => ControlFlow::Break(Opened::Ready(entry, How::Hit)),
            Service::Behind if !self.may_refresh(&entry, freshness) => {
                ControlFlow::Break(Opened::Ready(entry, How::Hit))
            }
            Service::Behind => ControlFlow::Break(match self.lead_behind(&entry) {
                Some(flight) => {
                    self.fall_back_on(entry.clone());
                    let mut leader = Leader::of_flight(self, flight);
                    leader.is_behind = true;
                    Opened::Behind(entry, How::of(freshness), leader)
                }
                None => Opened::Ready(entry, How::of(freshness)),
            }),
            Service::IfError if entry.is_paused(clock::now()) => {
                ControlFlow::Break(Opened::Ready(entry, How::Stale))
            }
            Service::IfError => {
                self.fall_back_on(entry);
                ControlFlow::Continue(self)
            }
            Service::None => ControlFlow::Continue(self),
        }
    }

    /// When the caller looks for another answer than that of the load which it waits for.
    pub(super) fn end_of_patience(&self, flight: &Flight) -> Moment {
        let Some(patience) = &self.patience else {
            return Moment::NEVER;
        };
        // What has run for so long already is slow: nobody who comes later finds that out anew.
        let soft = match patience.soft_limit() {
            Some(limit) => patience.soft_deadline().min(flight.overdue(limit)),
            None => Moment::NEVER,
        };
        soft.min(patience.hard_deadline())
    }

    /// What a caller comes to that has waited in vain so far: a value that serves by now, or the end of its patience.
    pub(super) fn serve_or_end(
        mut self: Box<Self>,
        flight: &Flight,
    ) -> ControlFlow<Opened<'n>, Box<Self>> {
        let now = clock::now();
        let is_slow = now >= self.end_of_patience(flight);
        let stale = self.stale();
        let Some(patience) = &mut self.patience else {
            return ControlFlow::Continue(self);
        };
        let gives_up = now >= patience.hard_deadline();
        if gives_up || (is_slow && patience.soft_limit().is_some()) {
            match stale {
                Some(stale) => return ControlFlow::Break(Opened::Ready(stale, How::Stale)),
                None => patience.without_stale(),
            }
        }
        if gives_up {
            return ControlFlow::Break(Opened::TimedOut(Leader::solo(self, None)));
        }
        self.serve()
    }

    /// What an entry is good for by the rules.
    pub(super) fn service(&self, entry: &Meta, freshness: Freshness) -> Service {
        self.rules().service(freshness, entry.life(), clock::now())
    }

    /// Begins the flight of a load behind a value that serves, unless one is under way or the last has just failed.
    fn lead_behind(&self, there: &Arc<dyn AnyEntry>) -> Option<Arc<Flight>> {
        if there.is_paused(clock::now()) {
            return None;
        }
        let flight = self.near.lead_behind(
            self.hash,
            &self.key,
            self.asker,
            there,
            &self.names,
            LEADER_TIMEOUT,
        )?;
        // Its other readers need not look closer while this load runs.
        there.due_at(there.until());
        Some(flight)
    }

    /// Takes this value if the load fails or takes too long.
    pub(super) fn fall_back_on(&mut self, entry: Arc<dyn AnyEntry>) {
        if let Some(patience) = &mut self.patience {
            patience.stale = Some(entry);
        }
    }

    /// The stale value of this caller, if it still may serve.
    pub(crate) fn stale(&self) -> Option<Arc<dyn AnyEntry>> {
        self.patience.as_ref()?.stale(self.near)
    }

    /// The load behind the stale value of this caller has not ended: the next caller begins another.
    pub(super) fn due_again(&self) {
        if let Some(stale) = self.patience.as_ref().and_then(|own| own.stale.as_ref()) {
            self.near.due_at(self.hash, stale, self.due(stale));
        }
    }

    /// Tries no other load for a while in the place of which the stale value of this caller serves.
    pub(super) fn pause(&self) {
        let Some(stale) = self.patience.as_ref().and_then(|own| own.stale.as_ref()) else {
            return;
        };
        let pause = Staleness::pause(stale.life(), stale.count_failure());
        let until = clock::now().after(pause);
        stale.pause_until(until);
        self.near.due_at(self.hash, stale, until);
    }
}

impl Leader<'_> {
    /// The stale value of the caller, if it still may serve.
    pub(crate) fn stale(&self) -> Option<Arc<dyn AnyEntry>> {
        self.request.stale()
    }

    /// Leaves the stale value of the caller as it is, however the load ends.
    #[cfg_attr(not(feature = "http"), expect(dead_code, reason = "pages alone ask"))]
    pub(crate) fn spare_stale(&mut self) {
        self.request.patience = None;
    }
}
