//! The one way to a load.

use std::sync::Arc;

use super::leader::{How, Leader, Opened};
use super::request::{LoadRequest, Wants};
use super::store::Asked;
use crate::clock;
use crate::entry::AnyEntry;
use crate::near::{FlightResult, NearKey};

impl<'n, K: NearKey> LoadRequest<'n, K> {
    /// Joins the flight of the key or begins it; its leader asks the store, or the caller first, where near keeps nothing.
    /// Waiting is bounded; no call waits for a load that encloses it.
    ///
    /// What near does not have is a miss, unless the store behind has it: that is not known at once.
    pub(crate) async fn open(self) -> Opened<'n, K> {
        if self.wants != Wants::Any {
            return Opened::Run(self.begin().await);
        }
        let (hash, counters) = (self.hash, self.counters);
        let Some(counters) = counters else {
            return self.turn().await;
        };
        if self.backing.is_none() {
            counters.miss();
            return self.turn().await;
        }
        let opened = self.turn().await;
        match opened {
            Opened::Ready(_, How::Hit) => counters.hit(hash),
            _ => counters.miss(),
        }
        opened
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
    async fn turn(self) -> Opened<'n, K> {
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
        match self.join(generation, begun).await {
            Opened::Run(leader) if !leader.is_alone() => leader.prepare(asked).await,
            opened => opened,
        }
    }
}

impl<'n, K: NearKey> Leader<'n, K> {
    /// Asks the store behind, unless it was asked already, and takes a lease of it if it has nothing of use.
    async fn prepare(mut self, asked: Asked) -> Opened<'n, K> {
        let Some(backing) = self.request.backing else {
            return Opened::Run(self);
        };
        let generation = self.generation().renamed(Box::default());
        let asked = match asked {
            Asked::Saw(seen) if !seen.is_lease() => Asked::Saw(seen),
            Asked::InVain => Asked::InVain,
            // A lease that was seen before this load had its turn may have been replaced by a value since.
            Asked::NotYet | Asked::Saw(_) => match backing.look(&self.request, &generation).await {
                Ok(entry) => return self.adopt(entry).await,
                Err(unusable) => unusable,
            },
        };
        if let Asked::Saw(seen) = asked {
            match backing.lease(&self.request, seen, &generation).await {
                Ok(entry) => return self.adopt(entry).await,
                Err(lease) => self.lease = lease,
            }
        }
        self.begun = clock::now();
        Opened::Run(self)
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
