//! Invalidation, sent: to the store, and to this process.

use super::Cache;
use crate::error::Result;
use crate::events::{self, Event};
use crate::far::CACHE;
use crate::invalidation::{Change, Invalidates, Invalidation};
use crate::key::{Key, Tag};
use crate::marks::{Name, Scope, marks};

impl Cache {
    /// Invalidates everything in this cache that carries a tag, however much it is: one write here, and one in the store.
    ///
    /// Functions that keep their values for themselves belong to no cache, and are reached from every one.
    ///
    /// # Errors
    ///
    /// If the store could not be reached: other processes may use what is there still. This one does not use the store before
    /// it knows, and tells it as soon as it can: see [`settled`](Self::settled). A cache without a store has none.
    pub async fn invalidate_tag(&self, tag: impl Into<Tag>) -> Result<()> {
        let mut stale = Invalidation::new();
        stale.tag(tag);
        self.invalidate(&stale).await
    }

    /// Declares everything in this cache that carries a tag stale: it is no hit any more, and what is kept here stays for
    /// those who would rather have it than nothing. In the store it is invalidated.
    ///
    /// # Errors
    ///
    /// As of [`invalidate_tag`](Self::invalidate_tag).
    pub async fn expire_tag(&self, tag: impl Into<Tag>) -> Result<()> {
        let name = tag.into().name();
        let _expired = Expiring(self, name);
        match self.far() {
            Some(far) => far.forget(&[name]).await,
            None => Ok(()),
        }
    }

    /// Invalidates all of this in one round trip of the store.
    ///
    /// # Errors
    ///
    /// As of [`invalidate_tag`](Self::invalidate_tag).
    pub async fn invalidate(&self, stale: &Invalidation) -> Result<()> {
        invalidate_in(&[self], stale).await
    }

    /// Invalidates what this change of `value` makes stale, then tells those who listen for changes of its type.
    ///
    /// # Errors
    ///
    /// As of [`invalidate_tag`](Self::invalidate_tag).
    pub async fn changed<T: Invalidates + 'static>(&self, value: &T, change: Change) -> Result<()> {
        let mut stale = Invalidation::new();
        value.stale(change.clone(), &mut stale);
        let reached = self.invalidate(&stale).await;
        events::changed(value, &change);
        reached
    }

    /// Removes a key, and tells whether there was a value under it.
    pub(super) async fn take(&self, key: Key) -> Result<bool> {
        let mut stale = Invalidation::new();
        stale.key(key.clone());
        let caches = [self];
        let _marked = Marking {
            caches: &caches,
            stale: &stale,
        };
        match self.far() {
            Some(far) => far.take(key.name(), key.as_bytes()).await,
            None => Ok(self.near().remove(self.near().hash(&key), &key)),
        }
    }

    /// Forgets everything.
    pub(super) async fn forget(&self) -> Result<()> {
        let _emptied = Emptying(self);
        match self.far() {
            Some(far) => far.forget(&[CACHE]).await,
            None => Ok(()),
        }
    }

    /// Marks all of this in this process.
    fn mark(&self, stale: &Invalidation) {
        let marks = marks();
        for name in stale.tag_names() {
            marks.mark(marks.slot(self.scope(), name));
            marks.mark(marks.slot(Scope::PRIVATE, name));
        }
        if self.has_pages_under_keys() {
            for name in stale.key_names() {
                marks.mark(marks.slot(self.scope(), name));
            }
        }
        let near = self.near();
        for key in &stale.keys {
            near.remove(near.hash(key), key);
        }
    }
}

/// Invalidates all of this in each of these caches: in the store first and here afterwards, because one who reads here in
/// between could bring back what the store still had.
///
/// # Errors
///
/// If a store could not be reached; all the others have been.
pub(crate) async fn invalidate_in(caches: &[&Cache], stale: &Invalidation) -> Result<()> {
    if stale.is_empty() {
        return Ok(());
    }
    let _marked = Marking { caches, stale };
    let mut outcome = Ok(());
    let names: Vec<Name> = stale.tag_names().chain(stale.key_names()).collect();
    let keys: Vec<&[u8]> = stale.keys.iter().map(Key::as_bytes).collect();
    for far in caches.iter().filter_map(|cache| cache.far()) {
        let reached = far.invalidate(&names, &keys).await;
        outcome = outcome.and(reached);
    }
    outcome
}

/// Marks at its end, and that comes also to one who is dropped while a store keeps him waiting: what he asked for is owed to
/// the store then, and must not be missing here.
struct Marking<'a> {
    caches: &'a [&'a Cache],
    stale: &'a Invalidation,
}

impl Drop for Marking<'_> {
    fn drop(&mut self) {
        for cache in self.caches {
            cache.mark(self.stale);
        }
        events::tell(|| Event::Invalidated(self.stale));
    }
}

/// What is owed from now on unless it is sent: for one who may be dropped before he knows whether he has to.
pub(super) struct Owing<'a> {
    caches: &'a [Cache],
    stale: Option<&'a Invalidation>,
}

impl<'a> Owing<'a> {
    pub(super) fn new(caches: &'a [Cache], stale: &'a Invalidation) -> Self {
        let stale = Some(stale);
        Self { caches, stale }
    }

    /// It is being sent.
    pub(super) fn paid(mut self) {
        self.stale = None;
    }
}

impl Drop for Owing<'_> {
    fn drop(&mut self) {
        let Some(stale) = self.stale else { return };
        let keys: Vec<&[u8]> = stale.keys.iter().map(Key::as_bytes).collect();
        for cache in self.caches {
            if let Some(far) = cache.far() {
                far.owe(stale.tag_names().chain(stale.key_names()), &keys);
            }
            cache.mark(stale);
        }
    }
}

/// [`Marking`] of everything.
struct Emptying<'c>(&'c Cache);

impl Drop for Emptying<'_> {
    fn drop(&mut self) {
        marks().mark(marks().slot(self.0.scope(), CACHE));
        self.0.near().clear();
    }
}

/// [`Marking`] of what is stale.
struct Expiring<'c>(&'c Cache, Name);

impl Drop for Expiring<'_> {
    fn drop(&mut self) {
        for scope in [self.0.scope(), Scope::PRIVATE] {
            marks().expire(marks().slot(scope, self.1));
        }
    }
}
