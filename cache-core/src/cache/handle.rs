//! One entry, taken in hand before its value is read.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use super::Cache;
use crate::clock::{self, Moment};
use crate::context::{self, Dependencies};
use crate::entry::{BY_HAND, Entry, Holds, Object};
use crate::error::{Error, Result};
use crate::far::{Kept, Lease, Unstored};
use crate::key::{CacheKey, Key, Tag};
use crate::load::Miss;
use crate::marks::{Birth, Name};
use crate::monitor::Monitor;
use crate::policy::Life;
use crate::sync::{AtomicBool, Mutex};
use crate::ttl::IntoTtl;
use crate::value::SharedValue;

/// A key with its ttl and tags: what [`Cache::entry`] gives.
#[derive(Debug)]
#[must_use = "an entry stores nothing until `set`"]
pub struct CacheEntry {
    cache: Cache,
    key: Key,
    ttl: Option<Duration>,
    tags: Vec<Name>,
    /// The moment before the value is read, and whether somebody has set or removed the key since.
    birth: Birth,
    begun: Moment,
    stale: Arc<AtomicBool>,
    claim: Claim,
}

impl Cache {
    /// An entry, to be made **before** its value is read: then a value that is older than an invalidation is never kept.
    ///
    /// In this process the moment that counts is this call. In others it is the one at which the store has answered: a cache
    /// with a store is asked at once, and [`ready`](CacheEntry::ready) waits for the answer.
    ///
    /// Features of stores that this crate brings have a thread that goes on asking. Without any of them, a store of your own
    /// that does not answer at its first poll is asked on only by who waits: await `ready` **before** the value is read, or
    /// [`set`](CacheEntry::set) gives `false` and the store gets nothing.
    ///
    /// ```
    /// # async fn load() -> Result<u64, cache_core::Error> { Ok(7) }
    /// # async fn example(cache: cache_core::Cache) -> cache_core::Result<()> {
    /// let posts = cache.entry("posts").ttl("10m").tags(["posts"]);
    /// posts.set(&load().await?).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn entry(&self, key: impl Into<Key>) -> CacheEntry {
        let key = key.into();
        let near = self.near();
        let stale = near.begin_refresh(near.hash(&key), &key.store());
        let mut entry = CacheEntry {
            cache: self.clone(),
            ttl: self.ttl(),
            tags: Vec::new(),
            birth: near.birth(&[]),
            begun: clock::now(),
            stale,
            claim: Claim::none(),
            key,
        };
        entry.begin_claim();
        entry
    }
}

impl CacheEntry {
    /// How long the value is kept; as long as the cache says where this is not called.
    ///
    /// # Panics
    ///
    /// If the text is no duration.
    pub fn ttl(mut self, ttl: impl IntoTtl) -> Self {
        self.ttl = Some(ttl.into_ttl());
        self
    }

    /// The tags under which it can be invalidated, in place of those that were given before.
    pub fn tags(mut self, tags: impl IntoIterator<Item = impl Into<Tag>>) -> Self {
        self.tags = tags.into_iter().map(|tag| tag.into().name()).collect();
        self.begin_claim();
        self
    }

    /// Waits until the store has answered: from then on the promise holds for what other processes invalidate, too. If it
    /// could not be asked, [`set`](Self::set) says so.
    pub async fn ready(&self) {
        self.claim.answered().await;
    }

    /// The value that is there now; see [`Cache::get`].
    ///
    /// # Errors
    ///
    /// If the store could not be asked. A cache without one has none.
    pub async fn get<T: SharedValue>(&self) -> Result<Option<T>> {
        self.cache.get(self.key.clone()).await
    }

    /// Stores a value, and tells whether it is kept: it is not if its key was set or removed (in a store also touched), or one
    /// of its tags invalidated, since the entry was made. Then what is there stays. An entry stores once. A load that encloses
    /// this call depends on the tags, as if it had found the value.
    ///
    /// # Errors
    ///
    /// If the store could not take it. A cache without one has none.
    pub async fn set<T: SharedValue>(&self, value: &T) -> Result<bool> {
        let near = self.cache.near();
        let (hash, key) = (near.hash(&self.key), self.key.store());
        let birth = self.birth.renamed(near.slots(self.tags.iter().copied()));
        let life = Life::new(clock::now(), self.ttl);
        let mut entry = Entry::new(value.clone(), birth, life, BY_HAND, 0);
        let Some(behind) = self.cache.behind::<T>(None) else {
            let entry = Object::hold(entry);
            near.replace(hash, &key, &entry, &self.stale);
            return Ok(self.is_kept(&entry));
        };
        let lease = self.claim.take().await?;
        if let Some(lease) = &lease {
            entry = entry.stamped(lease.stamped().into());
        }
        let entry = Object::hold(entry);
        let names: Box<[Name]> = self.tags.as_slice().into();
        let miss = Miss::new(near, hash, key.clone(), BY_HAND, names);
        let kept = behind
            .keep(&miss, lease.as_ref(), &entry, self.begun)
            .await?;
        if let Kept::Unstored { why, .. } = kept {
            near.remove(hash, &self.key);
            return Err(match why {
                Unstored::TooLarge => Error::too_large(),
                Unstored::Unwritable => Error::value("no codec can write it"),
            });
        }
        near.replace(hash, &key, &entry, &self.stale);
        Ok(kept == Kept::Good && self.is_kept(&entry))
    }

    /// Whether a value stands that was put here. A load that encloses this call, if there is one, is told that its value is made
    /// of this one.
    fn is_kept(&self, entry: &Entry<Object>) -> bool {
        let is_kept = self.cache.near().is_live(entry) && !self.is_stale();
        if is_kept {
            self.tell(entry);
        }
        is_kept
    }

    fn tell(&self, entry: &Entry<Object>) {
        if context::is_loading() {
            let (near, birth) = (self.cache.near(), &entry.birth);
            let own = Dependencies::in_tier(near, birth, birth.born(), entry.stamps());
            context::depend(&own);
        }
    }

    fn is_stale(&self) -> bool {
        self.stale.load(crate::sync::Ordering::Relaxed)
    }

    fn begin_claim(&mut self) {
        if self.cache.far().is_none() {
            return;
        }
        let (cache, key, names) = (self.cache.clone(), self.key.clone(), self.tags.clone());
        self.claim = Claim::begin(async move {
            let far = cache.far().ok_or_else(Error::absent)?;
            let seen = far.seen_with(key.as_bytes(), &names).await?;
            far.claim(key.as_bytes(), &names, seen).await
        });
    }
}

impl Drop for CacheEntry {
    fn drop(&mut self) {
        let near = self.cache.near();
        let stale = std::mem::take(&mut self.stale);
        near.end_refresh(near.hash(&self.key), &self.key.store(), stale);
    }
}

/// A lease that is asked for behind the caller, as soon as the entry is made.
struct Claim {
    state: Arc<Monitor<State>>,
    /// What nothing else drives.
    rest: Mutex<Option<Asking>>,
}

type Asking = Pin<Box<dyn Future<Output = ()> + Send>>;

enum State {
    Asked,
    Answered(Result<Lease>),
    Taken,
}

impl Claim {
    /// Nothing to ask for.
    fn none() -> Self {
        Self {
            state: Arc::new(Monitor::new(State::Taken)),
            rest: Mutex::new(None),
        }
    }

    fn begin(claim: impl Future<Output = Result<Lease>> + Send + 'static) -> Self {
        let state = Arc::new(Monitor::new(State::Asked));
        let promise = Promise(state.clone());
        let asking: Asking = Box::pin(async move {
            let lease = claim.await;
            promise.0.update(|state| *state = State::Answered(lease));
        });
        Self {
            state,
            rest: Mutex::new(drive(asking)),
        }
    }

    /// Waits for the answer; the store's own time limit bounds it.
    async fn answered(&self) {
        let rest = self.rest.lock().take();
        if let Some(rest) = rest {
            rest.await;
        }
        let there = |state: &mut State| (!matches!(state, State::Asked)).then_some(());
        self.state.until(Moment::NEVER, there).await;
    }

    /// The lease; none if it was taken already, or if the store was not asked until now: then nobody can say whether the
    /// value is older than an invalidation.
    async fn take(&self) -> Result<Option<Lease>> {
        let late = self.rest.lock().is_some();
        self.answered().await;
        let state = self
            .state
            .update(|state| std::mem::replace(state, State::Taken));
        match state {
            State::Answered(lease) => Ok(Some(lease?).filter(|_| !late)),
            State::Asked | State::Taken => Ok(None),
        }
    }
}

/// An answer comes, if only that there is none.
struct Promise(Arc<Monitor<State>>);

impl Drop for Promise {
    fn drop(&mut self) {
        self.0.update(|state| {
            if matches!(state, State::Asked) {
                *state = State::Answered(Err(Error::unavailable()));
            }
        });
    }
}

impl std::fmt::Debug for Claim {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Claim").finish_non_exhaustive()
    }
}

#[cfg(feature = "runtime")]
fn drive(asking: Asking) -> Option<Asking> {
    // If the system has no thread for it, it is dropped, which is an answer.
    drop(crate::store::runtime::spawn(asking));
    None
}

/// As far as it comes by itself: that is all the way where the store answers at once.
#[cfg(not(feature = "runtime"))]
fn drive(mut asking: Asking) -> Option<Asking> {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    asking
        .as_mut()
        .poll(&mut context)
        .is_pending()
        .then_some(asking)
}
