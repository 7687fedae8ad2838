//! The far tier: leases, stamps and entries over any store of bytes.
//!
//! Under an entry's key a store holds nothing, a **lease** or a **value**. A loader puts a lease before it loads, or joins
//! the one that is there, and writes its value only over that lease; whoever deletes the key takes the lease away as well,
//! so that a slow load cannot bring back what was deleted. To every reader a lease is nothing.
//!
//! Under a name's key a store holds its **stamp**, 16 random bytes. Loaders make missing stamps before they load; a value
//! carries the stamps that its names had then, and is good while they have not changed. **To invalidate a name is to delete
//! its stamp**: it can be repeated, it works on a store that is full, and a stamp that a store has dropped by itself costs a
//! load. Nothing is compared that a clock says.
//!
//! A process that could not deliver an invalidation owes it: until it is delivered, this process neither reads nor writes
//! that store.

use std::sync::{Arc, Weak};
use std::time::Duration;

use crate::error::{Error, Place, Result};
use crate::name::Name;
use crate::store::{Answer, AnyStore, Put, Store, Written, token_of};
use crate::sync::{AtomicBool, Ordering};

pub(crate) use self::beside::{BESIDE, beside};
pub(crate) use self::entry::{HAND, Kind};
pub(crate) use self::lease::{Lease, Leased};
pub(crate) use self::pledge::Pledge;
pub(crate) use self::read::{Ask, Lives, Seen, There};
pub(crate) use self::space::Space;
pub(crate) use self::stamps::{CACHE, Stamps};
pub(crate) use self::write::{Kept, draft};

use self::counters::Counters;
use self::debt::Debt;
use self::guard::Guard;
use self::stamps::Last;

mod beside;
mod counters;
mod debt;
mod entry;
mod guard;
mod lease;
mod pledge;
mod read;
mod set;
mod space;
mod stamps;
mod token;
mod write;

#[cfg(all(test, not(cache_loom)))]
mod tests;

pub use self::counters::StoreStats;

/// How long a lease stands: longer than any load that is worth keeping.
const LEASE: Duration = Duration::from_secs(300);

/// A store, and what is promised above it.
#[derive(Debug)]
pub(crate) struct Far {
    store: Box<dyn AnyStore>,
    space: Space,
    /// The key of the stamp that every entry carries.
    stamp: Vec<u8>,
    guard: Guard,
    /// For errors.
    place: Arc<Place>,
    debt: Debt,
    last: Last,
    counters: Counters,
    /// Whether it took a while to answer when an entry was made: the next one is made without waiting.
    slow: AtomicBool,
    /// Whether somebody is at it to deliver what is owed.
    #[cfg(all(feature = "runtime", not(test)))]
    settling: AtomicBool,
    #[cfg_attr(
        any(test, not(feature = "runtime")),
        expect(dead_code, reason = "for what runs behind the callers")
    )]
    itself: Weak<Self>,
}

impl Far {
    /// `limit` bounds every call of the store.
    pub(crate) fn new(store: impl Store, space: Space, limit: Duration) -> Arc<Self> {
        Arc::new_cyclic(|itself| Self {
            place: Arc::new(Place::new(store.address())),
            store: Box::new(store),
            stamp: space.stamp(CACHE),
            space,
            guard: Guard::new(limit),
            debt: Debt::default(),
            last: Last::default(),
            counters: Counters::default(),
            slow: AtomicBool::new(false),
            #[cfg(all(feature = "runtime", not(test)))]
            settling: AtomicBool::new(false),
            itself: itself.clone(),
        })
    }

    /// Errors name the cache so from now on.
    pub(crate) fn name(&self, cache: &str) {
        self.place.name(cache);
    }

    /// An error of this cache's store.
    pub(crate) fn fault(&self, error: Error) -> Error {
        error.at(&self.place)
    }

    /// What has happened between this cache and its store.
    pub(crate) fn stats(&self) -> StoreStats {
        self.counters.read()
    }

    /// Removes whatever is under these keys, leases too.
    ///
    /// # Errors
    ///
    /// If the store could not be reached. Then it is owed, and the store is not used until it is paid.
    pub(crate) async fn remove(&self, keys: &[&[u8]]) -> Result<()> {
        self.erase(keys.iter().map(|key| self.space.entry(key)).collect())
            .await
    }

    /// Invalidates everything that carries one of these names.
    ///
    /// # Errors
    ///
    /// If the store could not be reached. Then it is owed, and the store is not used until it is paid.
    pub(crate) async fn forget(&self, names: &[Name]) -> Result<()> {
        self.erase(names.iter().map(|name| self.space.stamp(*name)).collect())
            .await
    }

    /// Both, in one round trip once it is [redeemed](Pledge::redeem).
    pub(crate) fn invalidation(
        &self,
        names: impl Iterator<Item = Name>,
        keys: &[&[u8]],
    ) -> Pledge<'_> {
        let stamps = names.map(|name| self.space.stamp(name));
        let entries = keys.iter().map(|key| self.space.entry(key));
        self.pledge(stamps.chain(entries).collect())
    }

    /// Removes a key and what carries its `name`, and tells whether a good value was under it.
    ///
    /// # Errors
    ///
    /// As of [`remove`](Self::remove); or if it could not be seen what was there.
    pub(crate) async fn take(&self, name: Name, key: &[u8]) -> Result<bool> {
        // Before the look: who is dropped while he looks owes the removal.
        let pledge = self.pledge(vec![self.space.entry(key), self.space.stamp(name)]);
        let there = self.contains(key).await;
        if there.as_ref().is_err_and(Error::is_timeout) {
            // It is owed: to wait for the same store once more would take the caller twice its limit.
            return there;
        }
        pledge.redeem().await?;
        there
    }

    /// Whether the store took a while to answer when it was last asked for a claim.
    pub(crate) fn is_slow(&self) -> bool {
        self.slow.load(Ordering::Relaxed)
    }

    /// Notes whether the store takes a while to answer.
    pub(crate) fn note_slow(&self, slow: bool) {
        self.slow.store(slow, Ordering::Relaxed);
    }

    /// Delivers what is owed.
    ///
    /// # Errors
    ///
    /// If the store could not be reached: what was owed still is.
    pub(crate) async fn settle(&self) -> Result<()> {
        loop {
            let claims = self.debt.some();
            if claims.is_empty() {
                return Ok(());
            }
            let keys: Vec<&[u8]> = claims.iter().map(|(key, _)| key.as_slice()).collect();
            self.guarded(self.store.delete(&keys)).await?;
            self.debt.paid(&claims);
        }
    }

    async fn get(&self, keys: &[&[u8]], lives: Lives) -> Result<Answer> {
        let answer = match lives {
            Lives::Asked => self.store.get(keys),
            Lives::Unasked => self.store.get_values(keys),
        };
        let answer = self.guarded(answer).await?;
        self.cleaned(keys, answer).await
    }

    /// What a store has answered, without what is too short to be anything of ours: that is removed, because it would be in
    /// the way of all who write where nothing is.
    async fn cleaned(&self, keys: &[&[u8]], mut answer: Answer) -> Result<Answer> {
        if answer.found.len() != keys.len() {
            self.counters.failed();
            return Err(self.fault(Error::store(
                "the number of values differs from the number of keys that were read",
            )));
        }
        let mut rubbish = Vec::new();
        for (key, found) in keys.iter().zip(&mut answer.found) {
            if found
                .take_if(|found| token_of(&found.value).is_none())
                .is_some()
            {
                self.counters.broken();
                rubbish.push(*key);
            }
        }
        if !rubbish.is_empty() {
            self.guarded(self.store.delete(&rubbish)).await?;
        }
        Ok(answer)
    }

    async fn put(&self, puts: &[Put<'_>]) -> Result<Vec<Written>> {
        let written = self.guarded(self.store.put(puts)).await?;
        self.of_each(puts, written)
    }

    fn of_each(&self, puts: &[Put<'_>], written: Vec<Written>) -> Result<Vec<Written>> {
        if written.len() == puts.len() {
            Ok(written)
        } else {
            self.counters.failed();
            Err(self.fault(Error::store(
                "the number of results differs from the number of values that were written",
            )))
        }
    }

    async fn guarded<T>(&self, call: impl Future<Output = Result<T>>) -> Result<T> {
        let doing = || self.store.doing();
        let outcome = self.guard.run(call, doing).await;
        match &outcome {
            Err(error) if error.is_left_alone() => self.counters.skipped(),
            Err(_) => self.counters.failed(),
            Ok(_) => {}
        }
        outcome.map_err(|error| self.fault(error))
    }
}
