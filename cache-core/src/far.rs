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

use std::time::Duration;

use crate::error::{Error, Result};
use crate::marks::Name;
use crate::store::{AnyStore, Put, Store, Written};

pub(crate) use self::entry::{HAND, Kind, Parts};
pub(crate) use self::read::{Ask, Seen, There};
pub(crate) use self::space::Space;
pub(crate) use self::stamps::{CACHE, Stamps};
pub(crate) use self::write::{Kept, Lease, Leased, draft};

use self::counters::Counters;
use self::debt::{Debt, Pledge};
use self::guard::Guard;

mod counters;
mod debt;
mod entry;
mod guard;
mod read;
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
    guard: Guard,
    debt: Debt,
    counters: Counters,
}

impl Far {
    /// `limit` bounds every call of the store.
    pub(crate) fn new(store: impl Store, space: Space, limit: Duration) -> Self {
        Self {
            store: Box::new(store),
            space,
            guard: Guard::new(limit),
            debt: Debt::default(),
            counters: Counters::default(),
        }
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

    /// [`remove`](Self::remove) of one key, which tells whether a good value was under it.
    ///
    /// # Errors
    ///
    /// As of [`remove`](Self::remove); or if it could not be seen what was there.
    pub(crate) async fn take(&self, key: &[u8]) -> Result<bool> {
        // Before the look: who is dropped while he looks owes the removal.
        let pledge = self.pledge(vec![self.space.entry(key)]);
        let there = self.contains(key).await;
        self.redeem(pledge).await?;
        there
    }

    async fn erase(&self, keys: Vec<Vec<u8>>) -> Result<()> {
        self.redeem(self.pledge(keys)).await
    }

    /// What fails, or is dropped halfway, is owed.
    fn pledge(&self, keys: Vec<Vec<u8>>) -> Pledge<'_, impl Fn() -> Vec<u8>> {
        Pledge::new(&self.debt, keys, || self.space.stamp(CACHE))
    }

    async fn redeem(&self, pledge: Pledge<'_, impl Fn() -> Vec<u8>>) -> Result<()> {
        self.guarded(self.store.delete(&pledge.keys())).await?;
        pledge.redeemed();
        Ok(())
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

    /// Whether every invalidation has been delivered.
    pub(crate) fn is_settled(&self) -> bool {
        self.debt.is_empty()
    }

    async fn get(&self, keys: &[&[u8]]) -> Result<crate::store::Answer> {
        let answer = self.guarded(self.store.get(keys)).await?;
        if answer.found.len() == keys.len() {
            Ok(answer)
        } else {
            self.counters.failed();
            Err(Error::store(
                "the store answered for other keys than it was asked for",
            ))
        }
    }

    async fn put(&self, puts: &[Put<'_>]) -> Result<Vec<Written>> {
        let written = self.guarded(self.store.put(puts)).await?;
        if written.len() == puts.len() {
            Ok(written)
        } else {
            self.counters.failed();
            Err(Error::store(
                "the store answered for other keys than it was given",
            ))
        }
    }

    async fn guarded<T>(&self, call: impl Future<Output = Result<T>>) -> Result<T> {
        let outcome = self.guard.run(call).await;
        match &outcome {
            Err(error) if error.is_unavailable() => self.counters.skipped(),
            Err(_) => self.counters.failed(),
            Ok(_) => {}
        }
        outcome
    }
}
