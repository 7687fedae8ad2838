//! The one way to a load.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::leader::Leader;
use super::opened::{How, Opened};
use super::request::{LoadRequest, Wants};
use super::store::Asked;
use crate::clock;
use crate::entry::{AnyEntry, Meta};
use crate::near::{FlightResult, Join, NearKey};
use crate::policy::{Freshness, Service};

impl<'n, K: NearKey> LoadRequest<'n, K> {
    /// Joins the flight of the key or begins it; its leader asks the store, or the caller first, where near keeps nothing.
    /// Waiting is bounded; no call waits for a load that encloses it.
    ///
    /// What near does not have is a miss, unless the store behind has it: that is not known at once.
    pub(crate) async fn open(self) -> Opened<'n, K> {
        if matches!(self.wants, Wants::New | Wants::Put) {
            return Opened::Run(self.begin().await);
        }
        let (hash, counters) = (self.hash, self.counters);
        let request = if self.patience.is_some() {
            match self.serve() {
                ControlFlow::Break(served) => return served.counted(counters, hash),
                ControlFlow::Continue(request) => request,
            }
        } else {
            self
        };
        let Some(counters) = counters else {
            return request.turn().await;
        };
        if request.backing.is_none() {
            counters.miss();
            let opened = request.turn().await;
            if let Opened::Ready(_, How::Stale) | Opened::Behind(_, How::Stale, _) = opened {
                counters.stale();
            }
            return opened;
        }
        request.turn().await.counted(Some(counters), hash)
    }

    /// A load of a new value, outside of any flight.
    pub(super) async fn begin(self) -> Leader<'n, K> {
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
    async fn turn(mut self) -> Opened<'n, K> {
        let (generation, begun) = (self.near.generation(&[]), clock::now());
        let mut asked = Asked::NotYet;
        if self.near.keeps_nothing()
            && let Some(backing) = self.backing
        {
            match backing.look(&self, &generation).await {
                Ok(entry) => return Opened::Ready(entry, How::Hit),
                Err(unusable) => asked = unusable,
            }
        }
        if let Asked::Stale(_, entry) = &asked {
            match self.service(entry, past_its_time(entry)) {
                // Every caller has its own from the store, and one of them loads it anew.
                Service::Behind => return self.behind(entry.clone(), asked).await,
                Service::IfError => self.fall_back_on(entry.clone()),
                Service::AsItIs | Service::None => {}
            }
        }
        match self.join(generation, begun).await {
            Opened::Run(leader) if !leader.is_alone() => leader.prepare(asked).await,
            opened => opened,
        }
    }

    /// A value that the store has serves, and is loaded anew behind the first of those whom it serves.
    async fn behind(mut self, entry: Arc<dyn AnyEntry>, asked: Asked) -> Opened<'n, K> {
        let how = How::of(past_its_time(&entry));
        self.fall_back_on(entry.clone());
        match self
            .near
            .join(self.hash, &self.key, self.asker, &self.names)
        {
            Join::Lead(flight) => {
                let mut leader = Leader::of_flight(self, flight);
                leader.claim(asked).await;
                Opened::Behind(entry, how, leader)
            }
            Join::Found(fresh) => Opened::Ready(fresh, How::Hit),
            Join::Follow { .. } | Join::Alone => Opened::Ready(entry, how),
        }
    }
}

/// What a value is whose store holds it to be good and whose time has come.
fn past_its_time(entry: &Meta) -> Freshness {
    if clock::now() < entry.life().end() {
        Freshness::Due
    } else {
        Freshness::Expired
    }
}

impl<'n, K: NearKey> Leader<'n, K> {
    /// The load that is to run behind its caller, once the store was asked; `None` if the store has a value that serves better.
    pub(crate) async fn prepared(self) -> Option<Self> {
        if self.lease.is_some() {
            return Some(self);
        }
        match self.prepare(Asked::NotYet).await {
            Opened::Run(leader) | Opened::Behind(_, _, leader) => Some(leader),
            _ => None,
        }
    }

    /// Asks the store behind, unless it was asked already, and takes a lease of it if it has nothing of use.
    async fn prepare(mut self, asked: Asked) -> Opened<'n, K> {
        let Some(backing) = self.request.backing else {
            return Opened::Run(self);
        };
        let generation = self.generation().renamed(Box::default());
        let asked = match asked {
            Asked::Saw(seen) if !seen.is_lease() => Asked::Saw(seen),
            Asked::InVain => Asked::InVain,
            Asked::Stale(..) => asked,
            // A lease that was seen before this load had its turn may have been replaced by a value since.
            Asked::NotYet | Asked::Saw(_) => match backing.look(&self.request, &generation).await {
                Ok(entry) => return self.adopt(entry).await,
                Err(unusable) => unusable,
            },
        };
        match asked {
            Asked::Stale(_, ref entry) => {
                let entry = entry.clone();
                return self.replace_stale(entry, asked).await;
            }
            Asked::Saw(seen) => match backing.lease(&self.request, seen, &generation).await {
                Ok(entry) => return self.adopt(entry).await,
                Err(lease) => self.lease = lease,
            },
            Asked::NotYet | Asked::InVain => {}
        }
        self.begun = clock::now();
        Opened::Run(self)
    }

    /// Loads anew what the store has as a stale value, which stays there until then.
    async fn replace_stale(mut self, entry: Arc<dyn AnyEntry>, asked: Asked) -> Opened<'n, K> {
        let freshness = past_its_time(&entry);
        let (service, how) = (self.request.service(&entry, freshness), How::of(freshness));
        if service == Service::None {
            self.claim(asked).await;
            return Opened::Run(self);
        }
        let is_attached = self.keep_stale(&entry);
        if is_attached && entry.is_paused(clock::now()) {
            // Those who wait find it here.
            return Opened::Ready(entry, how);
        }
        self.request.fall_back_on(entry.clone());
        let next = match service {
            Service::Behind if is_attached => self.begin_again(),
            _ => false,
        };
        self.claim(asked).await;
        if next {
            Opened::Behind(entry, how, self)
        } else {
            Opened::Run(self)
        }
    }

    /// Takes the right to replace what was seen in the store.
    async fn claim(&mut self, asked: Asked) {
        if let (Some(backing), Asked::Stale(seen, _)) = (self.request.backing, asked) {
            self.lease = backing.claim_over(&self.request, seen).await.ok();
        }
        self.begun = clock::now();
    }

    /// Ends the load with what the store has.
    async fn adopt(self, entry: Arc<dyn AnyEntry>) -> Opened<'n, K> {
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
