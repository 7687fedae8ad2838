//! One entry, made before its value is read.

use std::sync::Arc;
use std::time::Duration;

use super::Cache;
use super::claim::{Claim, PROMPT};
use crate::clock::{self, Moment};
use crate::context::{self, Deps};
use crate::entry::{AnyEntry, BY_HAND, Entry, Meta};
use crate::error::{Error, Result};
use crate::far::{Lease, WriteOutcome, names_over};
use crate::generation::Generation;
use crate::key::{Key, Tag};
use crate::load::{Backing, LoadRequest};
use crate::name::Name;
use crate::near::Asker;
use crate::policy::Life;
use crate::sync::{AtomicBool, Ordering};
use crate::ttl::IntoTtl;
use crate::value::SharedValue;

/// A key with its ttl and tags: [`Cache::entry`] returns it.
#[derive(Debug)]
#[must_use = "an entry stores nothing until `set`"]
pub struct CacheEntry {
    pub(super) cache: Cache,
    pub(super) key: Key,
    pub(super) ttl: Option<Duration>,
    /// The namespace that it is in; `tags` does not replace it.
    namespace: Option<Name>,
    tags: Vec<Name>,
    /// The moment before the value is read, and whether somebody has set or removed the key since.
    generation: Generation,
    begun: Moment,
    stale: Arc<AtomicBool>,
    /// The lease that was asked for when the entry was made, if tags have been given since.
    first: Option<Claim>,
    claim: Claim,
}

impl Cache {
    /// Returns an entry. Call this **before** you read its value: then a value that is older than an invalidation is never
    /// stored, neither in this process nor in others.
    ///
    /// A cache with a store asks it at once, and blocks this thread for up to 20 milliseconds until it answers: in async code
    /// the worker runs no other task in that time. [`get_or_set`](Self::get_or_set) awaits the store instead. If the store
    /// takes longer, it is asked in the background, and the next entry does not wait. Before the store has answered, the
    /// invalidations of other processes are unknown: [`set`](CacheEntry::set) then returns `false` and stores nothing, unless
    /// you awaited [`ready`](CacheEntry::ready) or [`get`](CacheEntry::get) **before** you read the value. The same holds for a
    /// store of your own that does not answer at its first poll, if no feature of a store of this crate is enabled.
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
        let mut entry = self.unclaimed(key.into());
        entry.begin_claim();
        entry
    }

    /// Returns an entry that has not asked the store yet.
    fn unclaimed(&self, key: Key) -> CacheEntry {
        let near = self.near();
        let stale = near.begin_refresh(near.hash(&key), &near.key(&key));
        CacheEntry {
            cache: self.clone(),
            ttl: self.ttl(),
            namespace: None,
            tags: Vec::new(),
            generation: near.generation(&[]),
            begun: clock::now(),
            stale,
            first: None,
            claim: Claim::none(),
            key,
        }
    }

    /// Returns an entry in the namespace of this tag; it asks the store once.
    pub(super) fn entry_in(&self, namespace: &Tag, key: Key) -> CacheEntry {
        let mut entry = self.unclaimed(key);
        entry.namespace = Some(namespace.name());
        entry.begin_claim();
        entry
    }
}

impl CacheEntry {
    /// Sets how long the value is kept; by default, for the ttl of the cache.
    ///
    /// # Panics
    ///
    /// If the text is not a duration.
    pub fn ttl(mut self, ttl: impl IntoTtl) -> Self {
        self.ttl = Some(ttl.into_ttl());
        self
    }

    /// Sets the tags by which it can be invalidated, in place of earlier ones; a namespace stays. Give them before you read the
    /// value: an invalidation of a tag by another process is not seen if it came before the tag was given.
    pub fn tags(mut self, tags: impl IntoIterator<Item = impl Into<Tag>>) -> Self {
        self.tags = tags.into_iter().map(|tag| tag.into().name()).collect();
        let asked = std::mem::replace(&mut self.claim, Claim::none());
        self.first.get_or_insert(asked);
        self.begin_claim();
        self
    }

    /// Waits until the store has answered: a value that is read after this can be kept, however slow the store is. If the store
    /// could not be asked, [`set`](Self::set) returns the error.
    pub async fn ready(&self) {
        for claim in self.first.iter().chain([&self.claim]) {
            claim.ready().await;
        }
    }

    /// Returns the current value; see [`Cache::get`]. If it is `None`, [`ready`](Self::ready) has nothing more to wait for.
    ///
    /// # Errors
    ///
    /// If the store could not be asked. A cache without a store returns no error.
    pub async fn get<T: SharedValue>(&self) -> Result<Option<T>> {
        let found = self.cache.get(self.key.clone()).await?;
        if found.is_none() {
            self.ready().await;
        }
        Ok(found)
    }

    /// Returns the value under the key, or what `load` returns; see [`Cache::get_or_set`].
    ///
    /// # Errors
    ///
    /// Those of `load`.
    pub async fn get_or_set<T, E, F>(&self, load: impl FnOnce() -> F) -> Result<T, E>
    where
        T: SharedValue,
        F: Future<Output = Result<T, E>>,
    {
        let key = self.key.clone();
        self.cache
            .get_or_load(key, self.ttl, self.names().into(), load)
            .await
    }

    /// Stores a value; returns whether it is kept. It is not kept if, since the entry was made, its key was set or removed (in a
    /// store also touched) or one of its tags was invalidated, or if the store had not answered before the value was read (see
    /// [`Cache::entry`]): what is there then stays. An entry stores once. A load that encloses this call depends on the tags, as if
    /// it had found the value.
    ///
    /// # Errors
    ///
    /// Those of [`Cache::set`]; then nothing is left under the key. A cache without a store returns no error.
    pub async fn set<T: SharedValue>(&self, value: &T) -> Result<bool> {
        let near = self.cache.near();
        let (hash, key) = (near.hash(&self.key), near.key(&self.key));
        let names = self.names();
        let own = names_over(self.cache.far(), &names);
        let generation = self.generation.renamed(near.slots(own));
        let life = Life::new(clock::now(), self.ttl);
        let mut meta = Meta::new(generation, life, BY_HAND, 0).named(|| names.clone());
        let Some(backing) = self.cache.backing::<T>(None) else {
            let entry: Arc<dyn AnyEntry> = Entry::new(value.clone(), meta);
            near.replace(hash, &key, &entry, &self.stale);
            return Ok(self.is_kept(&entry));
        };
        let lease = match self.lease().await {
            Ok(lease) => lease,
            Err(error) => return Err(self.failed(&backing, error)),
        };
        if let Some(lease) = &lease {
            meta = meta.stamped(lease.stamped().into());
        }
        let entry: Arc<dyn AnyEntry> = Entry::new(value.clone(), meta);
        let request =
            LoadRequest::new(near, hash, key.clone(), Asker::by_hand::<T>(), names.into());
        let kept = backing
            .keep(&request, lease.as_ref(), &entry, self.begun)
            .await;
        let kept = match kept {
            Ok(kept) => kept,
            Err(error) => return Err(self.failed(&backing, error)),
        };
        if let WriteOutcome::NotStored { why, .. } = kept {
            near.remove(hash, &key, 0);
            return Err(why);
        }
        near.replace(hash, &key, &entry, &self.stale);
        Ok(kept.is_good() && self.is_kept(&entry))
    }

    pub(super) fn names(&self) -> Vec<Name> {
        self.namespace.iter().chain(&self.tags).copied().collect()
    }

    /// The lease that was taken when the entry was made, under the stamps of all its names. A change of the key between the two has
    /// ended it.
    async fn lease(&self) -> Result<Option<Lease>> {
        let lease = self.claim.take().await?;
        let Some(first) = &self.first else {
            return Ok(lease);
        };
        let (Some(mut first), Some(lease)) = (first.take().await?, lease) else {
            return Ok(None);
        };
        first.also(lease.stamped().iter().copied());
        Ok(Some(first))
    }

    /// Notes that the key must be removed from the store: it may hold an older value.
    fn failed(&self, backing: &Backing<'_>, error: Error) -> Error {
        backing.far.delete_later(&[self.key.as_bytes()]);
        let near = self.cache.near();
        near.remove(near.hash(&self.key), &near.key(&self.key), 0);
        error
    }

    /// Whether a value that was put here is still valid. Tells the load that encloses this call, if any, that it depends on it.
    fn is_kept(&self, entry: &Meta) -> bool {
        let is_kept = self.cache.near().is_live(entry.view()) && !self.is_stale();
        if is_kept {
            self.tell(entry);
        }
        is_kept
    }

    fn tell(&self, entry: &Meta) {
        if context::is_loading() {
            let (near, generation) = (self.cache.near(), &entry.generation);
            let own = Deps::in_tier(near, generation.slots(), generation.epoch(), entry.stamps());
            let names = entry.names().iter().copied().chain([near.name()]);
            context::depend(&own.named(names).until(entry.bound()));
        }
    }

    fn is_stale(&self) -> bool {
        self.stale.load(Ordering::Relaxed)
    }

    fn begin_claim(&mut self) {
        let Some(far) = self.cache.far() else { return };
        let is_slow = far.is_slow();
        let begun = clock::now();
        let (cache, key, names) = (self.cache.clone(), self.key.clone(), self.names());
        self.claim = Claim::begin(async move {
            let far = cache.far().ok_or_else(Error::absent)?;
            let lease = far.claim(key.as_bytes(), &names).await;
            if clock::now().since(begun) < PROMPT {
                far.note_slow(false);
            }
            lease
        });
        if !is_slow && !self.claim.comes_early() {
            far.note_slow(true);
        }
    }
}

impl Drop for CacheEntry {
    fn drop(&mut self) {
        let near = self.cache.near();
        let stale = std::mem::take(&mut self.stale);
        near.end_refresh(near.hash(&self.key), &near.key(&self.key), stale);
    }
}
