//! The far tier: leases, stamps and entries over any store of bytes.
//!
//! Under an entry's key a store holds nothing, a **lease** or a **value**. A loader puts a lease before it loads, or joins
//! the one that is there, and writes its value only over that lease; whoever deletes the key takes the lease away as well,
//! so that a slow load cannot bring back what was deleted. To every reader a lease is nothing.
//!
//! Under a name's key a store holds its **stamp**, random bytes. Loaders make missing stamps before they load; a value
//! carries the stamps that its names had then, in that life of the store, and is good while they have not changed. **To invalidate a name is to delete
//! its stamp**: it can be repeated, it works on a store that is full, and a stamp that a store has dropped by itself costs a
//! load. Nothing is compared that a clock says. **To expire a name is to rewrite the first half of its stamp**: what carries the
//! older one is stale, for callers who accept that.
//!
//! Beside these lie locks (`lock`) and notes (`note`), which no invalidation reaches.
//!
//! An invalidation that a process could not deliver stays with it: until the store has taken it, this process neither reads nor
//! writes that store.

use std::sync::{Arc, Weak};
use std::time::Duration;

use crate::clock::{self, Moment, Stopwatch};
use crate::error::{CacheLabel, Error, Result};
use crate::invalidation::{InvalidatedKey, Targets};
use crate::marks::marks;
use crate::name::{CACHE, Name, NameScope};
use crate::rule::{self, Rule};
use crate::stats::Durations;
use crate::store::{Answer, AnyStore, Put, Store, Written, token_of};
use crate::sync::{AtomicBool, Mutex, Ordering};
use crate::trace::Span;
use crate::tracking::TrackedCache;

pub(crate) use self::beside::{BESIDE, beside};
pub(crate) use self::key_space::KeySpace;
pub(crate) use self::lease::Lease;
pub(crate) use self::lock::{LoadLock, LockAttempt, LockState};
pub(crate) use self::pending_delete::PendingDelete;
pub(crate) use self::rewrite::{Rewrite, TRIES};
pub(crate) use self::snapshot::{SlotState, Snapshot};
pub(crate) use self::stamps::{Stamps, names_over};
pub(crate) use self::value::{NewEntry, ValueFormat};
pub(crate) use self::write::WriteOutcome;

use self::breaker::CircuitBreaker;
use self::counters::StoreCounters;
use self::known::KnownNames;
use self::stamps::Last;
use self::undelivered::UndeliveredInvalidations;

mod arm;
mod beside;
mod breaker;
mod counters;
mod health;
mod key_space;
mod keys;
mod known;
mod lease;
mod lock;
#[cfg(feature = "http")]
mod note;
mod pending_delete;
mod read;
mod rewrite;
mod set;
mod snapshot;
mod stamps;
mod token;
mod undelivered;
mod value;
mod write;

#[cfg(all(test, not(cache_loom)))]
mod tests;

pub use self::counters::StoreStats;
pub use self::health::{Breaker, StoreHealth};

/// How long a lease stands: longer than any load that is worth keeping.
const LEASE: Duration = Duration::from_secs(300);

/// A store, and what is promised above it.
#[derive(Debug)]
pub(crate) struct Far {
    store: Box<dyn AnyStore>,
    space: KeySpace,
    /// The key of the stamp that every entry carries.
    stamp: Vec<u8>,
    breaker: CircuitBreaker,
    /// What keeps this cache registered with its store, if the store reports changes.
    tracked: Option<TrackedCache>,
    /// For errors.
    label: Arc<CacheLabel>,
    undelivered: UndeliveredInvalidations,
    last: Last,
    known: KnownNames,
    counters: StoreCounters,
    latency: Durations,
    /// The last error, and when it was.
    last_error: Mutex<Option<(String, Moment)>>,
    /// Whether it took a while to answer when an entry was made: the next one is made without waiting.
    slow: AtomicBool,
    /// Whether a task is sending what is undelivered.
    #[cfg(all(feature = "runtime", not(test)))]
    delivering: AtomicBool,
    /// For what runs behind the callers.
    itself: Weak<Self>,
}

impl Far {
    /// The far tier of the cache with this scope. `timeout` bounds every call of the store.
    pub(crate) fn new(
        store: impl Store,
        space: KeySpace,
        scope: NameScope,
        timeout: Duration,
    ) -> Arc<Self> {
        let whole = marks().slot(scope, CACHE);
        let tracking = store.tracking();
        Arc::new_cyclic(|itself| Self {
            label: Arc::new(CacheLabel::new(store.address())),
            tracked: tracking.map(|tracking| tracking.register(space.prefix(), whole)),
            store: Box::new(store),
            stamp: space.stamp(CACHE),
            space,
            breaker: CircuitBreaker::new(timeout),
            undelivered: UndeliveredInvalidations::default(),
            last: Last::default(),
            known: KnownNames::default(),
            counters: StoreCounters::default(),
            latency: Durations::new(),
            last_error: Mutex::default(),
            slow: AtomicBool::new(false),
            #[cfg(all(feature = "runtime", not(test)))]
            delivering: AtomicBool::new(false),
            itself: itself.clone(),
        })
    }

    /// Errors name the cache so from now on.
    pub(crate) fn name(&self, cache: &str) {
        self.label.name(cache);
    }

    /// An error of this cache's store.
    pub(crate) fn fault(&self, error: Error) -> Error {
        error.at(&self.label)
    }

    /// What has happened between this cache and its store.
    pub(crate) fn stats(&self) -> StoreStats {
        self.counters.read()
    }

    /// Removes whatever is under these keys, leases too.
    ///
    /// # Errors
    ///
    /// If the store could not be reached. Then the delete is undelivered, and the store is not used before it was.
    pub(crate) async fn remove(&self, keys: &[&[u8]]) -> Result<()> {
        self.erase(keys.iter().map(|key| self.space.entry(key)).collect())
            .await
    }

    /// Invalidates everything that carries one of these names.
    ///
    /// # Errors
    ///
    /// If the store could not be reached. Then the delete is undelivered, and the store is not used before it was.
    pub(crate) async fn forget(&self, names: &[Name]) -> Result<()> {
        self.erase(names.iter().map(|name| self.space.stamp(*name)).collect())
            .await
    }

    /// Deletes what these targets are in the store, in one round trip once it is [sent](PendingDelete::send): stamps of names, and
    /// entries.
    pub(crate) fn invalidation(&self, targets: &Targets<'_>) -> PendingDelete<'_> {
        let names = targets.names.iter();
        let names = names.chain(targets.keys.iter().map(|target| &target.name));
        let stamps = names.map(|name| self.space.stamp(*name));
        let entries = targets.keys.iter();
        let entries = entries.map(|target| self.space.entry(target.key.as_bytes()));
        self.pending_delete(stamps.chain(entries).collect())
    }

    /// Has everything that carries one of these names expire: it is stale.
    ///
    /// # Errors
    ///
    /// As of [`forget`](Self::forget): what could not be expired is invalidated later.
    pub(crate) async fn expire(&self, names: &[Name]) -> Result<()> {
        let stamps = names.iter().map(|name| self.space.stamp(*name));
        self.pending_delete(stamps.collect()).expire().await
    }

    /// [`invalidation`](Self::invalidation) of one key, sent; tells whether a good value was under it.
    ///
    /// # Errors
    ///
    /// As of [`remove`](Self::remove); or if it could not be seen what was there.
    pub(crate) async fn take(&self, target: InvalidatedKey<'_>) -> Result<bool> {
        // Made before the read: if this is dropped during the read, the delete is undelivered.
        let key = target.key.as_bytes();
        let delete =
            self.pending_delete(vec![self.space.entry(key), self.space.stamp(target.name)]);
        let there = self.contains(key).await;
        if there.as_ref().is_err_and(Error::is_timeout) {
            // The delete is undelivered now: to wait for the same store once more would take twice its timeout.
            return there;
        }
        delete.send().await?;
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

    /// Sends what is undelivered.
    ///
    /// # Errors
    ///
    /// If the store could not be reached: then it stays undelivered.
    pub(crate) async fn deliver(&self) -> Result<()> {
        loop {
            let batch = self.undelivered.next_batch();
            if rule::holds(Rule::UndeliveredFirst, batch.is_empty()) {
                return Ok(());
            }
            let keys: Vec<&[u8]> = batch.iter().map(|(key, _)| key.as_slice()).collect();
            self.call("delete", self.store.delete(&keys)).await?;
            self.undelivered.delivered(&batch);
        }
    }

    /// What is under these keys. `with_ttl` says whether it matters how long it will still be there: to some stores that is a
    /// question of its own.
    async fn get(&self, keys: &[&[u8]], with_ttl: bool) -> Result<Answer> {
        let answer = if with_ttl {
            self.store.get(keys)
        } else {
            self.store.get_values(keys)
        };
        let answer = self.call("get", answer).await?;
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
            self.call("delete", self.store.delete(&rubbish)).await?;
        }
        Ok(answer)
    }

    async fn put(&self, puts: &[Put<'_>]) -> Result<Vec<Written>> {
        let written = self.call("put", self.store.put(puts)).await?;
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

    async fn call<T>(
        &self,
        operation: &'static str,
        call: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let doing = || self.store.doing();
        let since = Stopwatch::start();
        let span = Span::of_store(operation, self.label.address());
        let outcome = self.breaker.run(span.around(call), doing).await;
        match &outcome {
            Err(error) if error.is_left_alone() => self.counters.skipped(),
            Err(error) => {
                self.latency.add(since.elapsed());
                self.counters.failed();
                span.failed();
                *self.last_error.lock() = Some((error.to_string(), clock::now()));
            }
            Ok(_) => self.latency.add(since.elapsed()),
        }
        outcome.map_err(|error| self.fault(error))
    }
}
