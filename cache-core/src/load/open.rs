//! The way to a load.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::backing::Backing;
use super::leader::Leader;
use super::opened::{How, Opened};
use super::request::{LoadRequest, Wants};
use super::store::Asked;
use crate::clock;
use crate::context;
use crate::entry::{AnyEntry, Meta};
use crate::generation::{Generation, Validity};
use crate::marks::Slot;
use crate::near::{FlightResult, Join};
use crate::policy::{Freshness, Service};
use crate::rule::{self, Rule};

impl<'n> LoadRequest<'n> {
    /// Joins the flight of the key or begins it; its leader asks the store, or the caller first, where near keeps nothing.
    /// Waiting is bounded; no call waits for a load that encloses it.
    ///
    /// What near does not have is a miss, unless the store behind has it: that is not known at once.
    pub(crate) async fn open(mut self: Box<Self>) -> Opened<'n> {
        self.recall();
        if matches!(self.wants, Wants::New | Wants::Put) {
            return Opened::Run(self.begin().await);
        }
        let (hash, counters) = (self.hash, self.counters);
        let request = if self.patience.is_some() {
            match self.serve() {
                ControlFlow::Break(served) => return served.counted_here(counters, hash),
                ControlFlow::Continue(request) => request,
            }
        } else {
            self
        };
        let Some(counters) = counters else {
            return request.turn().await;
        };
        let mut request = request;
        request.diagnose();
        if request.backing.is_none() {
            request.count_miss(counters);
            return request.turn().await.counted_late(counters);
        }
        let (miss, cause) = (request.to_miss(), request.cause);
        let opened = request.turn().await;
        opened.counted_behind_store(counters, miss, cause)
    }

    /// [`open`](Self::open) of nobody who asks: it is neither a hit nor a miss, and no value serves that is past its life.
    #[cfg_attr(
        not(feature = "http"),
        expect(dead_code, reason = "pages that are kept warm alone are loaded so")
    )]
    pub(crate) async fn open_unasked(self: Box<Self>) -> Opened<'n> {
        self.turn().await
    }

    /// A load of a new value, outside of any flight.
    pub(super) async fn begin(self: Box<Self>) -> Box<Leader<'n>> {
        let puts = self.wants == Wants::Put;
        let mut leader = Leader::refresh(self, puts);
        if let Some(backing) = leader.request.backing {
            let (far, key) = (backing.far, backing.key_of(&leader.request.key));
            leader.lease = far.claim(&key, &leader.request.names).await.ok();
            leader.begun = clock::now();
        }
        leader
    }

    /// Where near keeps nothing, a call must see what other processes have invalidated before it began: so it asks the
    /// store itself, rather than wait for one who has asked before it.
    async fn turn(mut self: Box<Self>) -> Opened<'n> {
        let (generation, begun) = (self.near.generation(&[]), clock::now());
        if context::is_shadow() {
            return Box::pin(self.look_or_load_alone(&generation)).await;
        }
        let mut asked = Asked::NotYet;
        if self.near.keeps_nothing()
            && let Some(backing) = self.backing
        {
            match backing.look(&self, &generation).await {
                Ok(entry) => return Opened::Ready(entry, How::Hit),
                Err(unusable) => {
                    self.learn_cause(&backing, &unusable);
                    asked = unusable;
                }
            }
        }
        if let Asked::Stale(_, entry) = &asked {
            let freshness = self.past_its_time(entry);
            match self.service(entry, freshness) {
                Service::Behind if !self.may_refresh(entry, freshness) => {
                    return Opened::Ready(entry.clone(), How::Hit);
                }
                // Every caller has its own from the store, and one of them loads it anew.
                Service::Behind => return self.behind(entry.clone(), asked).await,
                Service::IfError => self.fall_back_on(entry.clone()),
                Service::AsItIs | Service::None => {}
            }
        }
        match self.join(generation, begun).await {
            // In a box, so that a load without a store does not carry the room for one.
            Opened::Run(leader) if !leader.is_alone() && leader.request.backing.is_some() => {
                Box::pin(leader.prepare(asked)).await
            }
            opened => opened,
        }
    }

    /// What a value is that the store has not invalidated and whose time has come.
    pub(super) fn past_its_time(&self, entry: &Meta) -> Freshness {
        // What the store shows as expired stays so, whatever has been marked here since it was asked.
        let was_expired = entry.generation.slots().contains(&Slot::EXPIRED);
        if (was_expired && !rule::is_left_out(Rule::ExpiredStaysExpired))
            || self.near.validity(entry.generation.view()) == Validity::SoftInvalidated
        {
            Freshness::Stale
        } else if clock::now() < entry.life().end() {
            Freshness::Due
        } else {
            Freshness::Expired
        }
    }

    /// A value that the store has serves, and is loaded anew behind the first of those whom it serves.
    async fn behind(mut self: Box<Self>, entry: Arc<dyn AnyEntry>, asked: Asked) -> Opened<'n> {
        let how = How::of(self.past_its_time(&entry));
        self.fall_back_on(entry.clone());
        match self
            .near
            .join(self.hash, &self.key, self.asker, &self.names)
        {
            Join::Lead(flight) => {
                let mut leader = Leader::of_flight(self, flight);
                leader.is_behind = true;
                leader.claim_unless_locked(asked).await;
                Opened::Behind(entry, how, leader)
            }
            Join::Found(fresh) => Opened::Ready(fresh, How::Hit),
            Join::Follow { .. } | Join::Alone => Opened::Ready(entry, how),
        }
    }
}

/// What a stale value does while it is loaded anew.
enum Meanwhile {
    /// It serves, and is not worth a load yet.
    AsItIs,
    /// It serves, and is not loaded anew for a while: its last load has failed.
    Paused,
    /// It serves, and is loaded anew behind its callers.
    Loaded,
    /// It serves only if the load fails or takes too long.
    Nothing,
}

impl<'n> Leader<'n> {
    /// The load that is to run behind its caller, once the store was asked; `None` if the store has a value that serves better.
    pub(crate) async fn prepared(mut self: Box<Self>) -> Option<Box<Self>> {
        if self.lease.is_some() {
            return Some(self);
        }
        self.is_behind = true;
        match self.prepare(Asked::NotYet).await {
            Opened::Run(leader) | Opened::Behind(_, _, leader) => Some(leader),
            _ => None,
        }
    }

    /// Asks the store behind, unless it was asked already, and takes a lease of it if it has nothing of use.
    async fn prepare(mut self: Box<Self>, asked: Asked) -> Opened<'n> {
        let Some(backing) = self.request.backing else {
            return Opened::Run(self);
        };
        let generation = self.generation().renamed(Box::default());
        let mut asked = match asked {
            Asked::Saw(seen) if !seen.is_lease() => Asked::Saw(seen),
            Asked::InVain => Asked::InVain,
            Asked::Stale(..) => asked,
            // A lease that was seen before this load had its turn may have been replaced by a value since.
            Asked::NotYet | Asked::Saw(_) => match backing.look(&self.request, &generation).await {
                Ok(entry) => return self.adopt(entry).await,
                Err(unusable) => {
                    self.request.learn_cause(&backing, &unusable);
                    unusable
                }
            },
        };
        if let Asked::Stale(_, entry) = &asked {
            let entry = entry.clone();
            let how = How::of(self.request.past_its_time(&entry));
            match self.serve_meanwhile(&entry) {
                Meanwhile::AsItIs => return self.adopt(entry).await,
                Meanwhile::Paused => return Opened::Ready(entry, how),
                // Behind its caller, the load waits for the lock.
                Meanwhile::Loaded if self.is_behind && self.takes_lock() => {}
                Meanwhile::Loaded => {
                    self.claim_unless_locked(asked).await;
                    self.is_behind = true;
                    return Opened::Behind(entry, how, self);
                }
                Meanwhile::Nothing => {}
            }
        }
        if self.takes_lock() {
            (self, asked) = match Box::pin(self.compete(backing, asked)).await {
                ControlFlow::Continue(load) => load,
                ControlFlow::Break(opened) => return opened,
            };
        }
        if let Some(entry) = self.take_lease(backing, asked, &generation).await {
            return self.adopt(entry).await;
        }
        self.begun = clock::now();
        Opened::Run(self)
    }

    /// Takes the right to write what is loaded over what was seen; or returns the value that somebody has written meanwhile.
    async fn take_lease(
        &mut self,
        backing: Backing<'n>,
        asked: Asked,
        generation: &Generation,
    ) -> Option<Arc<dyn AnyEntry>> {
        match asked {
            Asked::Stale(..) => self.claim(asked).await,
            Asked::Saw(seen) => match backing.lease(&self.request, seen, generation).await {
                Ok(entry) => return Some(entry),
                Err(lease) => self.lease = lease,
            },
            Asked::NotYet | Asked::InVain => {}
        }
        None
    }

    /// What a stale value of the store, which stays there until it is loaded anew, does for the callers of this process.
    fn serve_meanwhile(&mut self, entry: &Arc<dyn AnyEntry>) -> Meanwhile {
        let freshness = self.request.past_its_time(entry);
        let service = self.request.service(entry, freshness);
        if service == Service::Behind && !self.request.may_refresh(entry, freshness) {
            return Meanwhile::AsItIs;
        }
        if service == Service::None {
            self.old = Some(entry.clone());
            return Meanwhile::Nothing;
        }
        let is_attached = self.keep_stale(entry);
        if is_attached && entry.is_paused(clock::now()) {
            return Meanwhile::Paused;
        }
        self.request.fall_back_on(entry.clone());
        if service == Service::Behind && is_attached && self.begin_again() {
            Meanwhile::Loaded
        } else {
            Meanwhile::Nothing
        }
    }

    /// [`claim`](Self::claim), unless the load waits for the lock first, behind its caller.
    async fn claim_unless_locked(&mut self, asked: Asked) {
        if !self.takes_lock() {
            self.claim(asked).await;
        }
    }

    /// Takes the right to replace what was seen in the store.
    async fn claim(&mut self, asked: Asked) {
        if let (Some(backing), Asked::Stale(seen, old)) = (self.request.backing, asked) {
            let (offer, token) = (self.confirmed_offer(backing, &seen, old), seen.token());
            self.lease = backing.claim_over(&self.request, seen).await.ok();
            self.offer_claimed(offer, token);
        }
        self.begun = clock::now();
    }

    /// Ends the load with what the store has.
    pub(super) async fn adopt(self: Box<Self>, entry: Arc<dyn AnyEntry>) -> Opened<'n> {
        if self.request.near.keeps_nothing() {
            self.detach();
            let landing = self.asked_anew().await;
            self.land(landing.map_or(FlightResult::Gone, FlightResult::Value));
        } else {
            self.place(&entry);
            self.land(FlightResult::Value(entry.clone()));
        }
        Opened::Ready(entry, How::Hit)
    }
}
