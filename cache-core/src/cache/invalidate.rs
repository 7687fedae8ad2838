//! Invalidations: in the store, and in this process.

use std::borrow::Borrow;

use super::purge::purge_in;
use super::{Cache, PendingInvalidation};
use crate::error::Result;
use crate::events::{self, Event};
use crate::invalidation::{Change, InvalidatedKey, Invalidates, Invalidation, Targets};
use crate::key::{Key, Tag};
use crate::marks::{Marks, Slot, marks};
use crate::name::{CACHE, Name};
use crate::why::{self, CallSite, InvalidatedKind};

/// An invalidation of more keys or tags is remembered as one, which would otherwise push out all others.
const MANY: usize = 64;

impl Cache {
    /// Invalidates everything in this cache that carries a tag: one write here and one in the store, however many entries there are.
    ///
    /// It returns when the store has acknowledged it. Other processes use copies that they have for at most `near_ttl` more, or
    /// end them at once where the store tells them ([`RedisStore`](crate::RedisStore)); to wait until none is used any more,
    /// await [`everywhere`](PendingInvalidation::everywhere).
    ///
    /// Functions that keep their values for themselves belong to no cache. The caches that are installed where they run reach them, or
    /// those of their scope, and so does every cache that is invalidated there.
    ///
    /// # Errors
    ///
    /// If the store could not be reached: other processes may still use the entries. This process does not use the store until the
    /// invalidation is delivered, which is retried: see [`settled`](Self::settled). A cache without a store returns no error.
    #[track_caller]
    pub fn invalidate_tag(&self, tag: impl Into<Tag>) -> PendingInvalidation<'_> {
        let mut stale = Invalidation::new();
        stale.tag(tag);
        PendingInvalidation::new([self], async move { invalidate_in(&[self], &stale).await })
    }

    /// Marks everything in this cache that carries a tag as stale: it is no hit any more, in no process, and is kept for callers that
    /// accept stale values, such as functions with `stale_while_revalidate`. Other processes may use the copies that they have until
    /// their `near_ttl` ends.
    ///
    /// A store that is too full to write the mark has the entries invalidated instead.
    ///
    /// # Errors
    ///
    /// Those of [`invalidate_tag`](Self::invalidate_tag). What could not be marked in the store is invalidated there once the store
    /// can be reached.
    #[track_caller]
    pub fn expire_tag(&self, tag: impl Into<Tag>) -> impl Future<Output = Result<()>> + Send {
        let mut stale = Invalidation::new();
        stale.tag(tag);
        self.expire(stale)
    }

    async fn expire(&self, stale: Invalidation) -> Result<()> {
        let targets = stale.targets();
        let mark = || {
            self.mark_names(&stale, &targets, Marks::mark_soft);
            events::tell(|| Event::Invalidated(&stale));
        };
        let sent = async {
            match self.far() {
                Some(far) => far.expire(&targets.names).await,
                None => Ok(()),
            }
        };
        let purge = || self.purge(targets.all()).soft();
        events::invalidating(mark, purge, sent).await
    }

    /// Sends an invalidation, in one round trip of the store.
    ///
    /// # Errors
    ///
    /// Those of [`invalidate_tag`](Self::invalidate_tag).
    pub fn invalidate<'c>(&'c self, stale: &'c Invalidation) -> PendingInvalidation<'c> {
        PendingInvalidation::new([self], async move { invalidate_in(&[self], stale).await })
    }

    /// Invalidates what this change of `value` makes stale, then notifies the listeners of changes of its type.
    ///
    /// # Errors
    ///
    /// Those of [`invalidate_tag`](Self::invalidate_tag).
    #[track_caller]
    pub fn changed<T: Invalidates + 'static>(
        &self,
        value: &T,
        change: Change,
    ) -> impl Future<Output = Result<()>> {
        let mut stale = Invalidation::new();
        value.stale(change.clone(), &mut stale);
        async move {
            let reached = self.invalidate(&stale).await;
            events::changed(value, &change);
            reached
        }
    }

    /// Removes a key; returns whether there was a value under it.
    pub(super) async fn take(&self, key: Key, from: CallSite) -> Result<bool> {
        let mut stale = Invalidation {
            from,
            ..Invalidation::default()
        };
        stale.key(key.clone());
        let targets = stale.targets();
        let mark = || {
            self.mark(&stale, &targets);
            events::tell(|| Event::Invalidated(&stale));
        };
        let taken = async {
            if let Some(far) = self.far() {
                return far.take(targets.keys[0]).await;
            }
            let number = why::note(InvalidatedKind::Key, key.as_bytes(), from, &[]);
            let near = self.near();
            Ok(near.remove(near.hash(&key), &near.key(&key), number))
        };
        events::invalidating(mark, || self.purge(targets.all()), taken).await
    }

    /// Forgets everything.
    pub(super) async fn forget(&self, from: CallSite) -> Result<()> {
        let label = (InvalidatedKind::Cache, &b""[..], from);
        let clear = |number| self.near().clear(number);
        self.forget_names(&[CACHE], label, clear).await
    }

    /// Forgets what carries one of these names: in the store, and then here, where `also` forgets what is kept elsewhere and gets the
    /// number of the invalidation. The label is what users know the names by.
    ///
    /// # Errors
    ///
    /// If the store could not be reached.
    pub(crate) async fn forget_names(
        &self,
        names: &[Name],
        (kind, label, from): (InvalidatedKind, &[u8], CallSite),
        also: impl Fn(u32),
    ) -> Result<()> {
        let mark = || {
            let slots = names.iter().map(|name| marks().slot(self.scope(), *name));
            let slots: Vec<Slot> = slots.collect();
            for slot in &slots {
                marks().mark(*slot);
            }
            also(why::note(kind, label, from, &slots));
        };
        let sent = async {
            match self.far() {
                Some(far) => far.forget(names).await,
                None => Ok(()),
            }
        };
        let purge = || self.purge(names.iter().copied());
        events::invalidating(mark, purge, sent).await
    }

    /// Marks all of this in this process.
    fn mark(&self, stale: &Invalidation, targets: &Targets<'_>) {
        self.mark_names(stale, targets, Marks::mark);
        let (marks, near) = (marks(), self.near());
        let together = together(targets.keys.len(), "keys");
        for InvalidatedKey { key, name } in &targets.keys {
            let mut slot = None;
            if self.has_pages_under_keys() {
                marks.mark(*slot.insert(marks.slot(self.scope(), *name)));
            }
            let label = together.as_deref().unwrap_or(key.as_bytes());
            let number = why::note(InvalidatedKind::Key, label, stale.from, slot.as_slice());
            near.remove(near.hash(*key), &near.key(*key), number);
        }
    }

    /// Marks what carries these tags in this process.
    fn mark_names(&self, stale: &Invalidation, targets: &Targets<'_>, mark: fn(&Marks, Slot)) {
        let reached = self.reached();
        let together = together(targets.names.len(), "tags");
        for (name, (kind, label)) in targets.names.iter().zip(stale.labels()) {
            let slots = reached.iter().map(|scope| marks().slot(*scope, *name));
            let slots: Vec<Slot> = slots.collect();
            for slot in &slots {
                mark(marks(), *slot);
            }
            let label = together.as_deref().unwrap_or(label);
            why::note(kind, label, stale.from, &slots);
        }
    }
}

/// The name of many keys or tags that are invalidated at once.
fn together(count: usize, of: &str) -> Option<Box<[u8]>> {
    (count > MANY).then(|| format!("{count} {of}").into_bytes().into())
}

/// Sends an invalidation to each of these caches: to the store first and then to this process, because a reader in between could
/// bring back what the store still had.
///
/// # Errors
///
/// If a store could not be reached; all others have been. The error has those of all stores that failed.
pub(crate) async fn invalidate_in(
    caches: &[impl Borrow<Cache>],
    stale: &Invalidation,
) -> Result<()> {
    if stale.is_empty() {
        return Ok(());
    }
    let targets = stale.targets();
    let purge = || purge_in(caches, targets.all());
    let caches = || caches.iter().map(Borrow::borrow);
    let mark = || {
        for cache in caches() {
            cache.mark(stale, &targets);
        }
        events::tell(|| Event::Invalidated(stale));
    };
    // All of them, before the first is sent: if this is dropped while one store does not answer, the others are still told.
    let deletes: Vec<_> = caches()
        .filter_map(|cache| Some(cache.far()?.invalidation(&targets)))
        .collect();
    let sent = async {
        let mut outcome: Result<()> = Ok(());
        for delete in deletes {
            let reached = delete.send().await;
            outcome = match (outcome, reached) {
                (Err(first), Err(other)) => Err(first.and(other)),
                (outcome, reached) => outcome.and(reached),
            };
        }
        outcome
    };
    events::invalidating(mark, purge, sent).await
}

/// [`invalidate_in`] that can wait for other processes.
pub(crate) fn pending_in(caches: Vec<Cache>, stale: Invalidation) -> PendingInvalidation<'static> {
    PendingInvalidation::new(&caches.clone(), async move {
        invalidate_in(&caches, &stale).await
    })
}

/// Notes an invalidation in each of these caches, for their stores to be told later.
pub(super) fn invalidate_later(caches: &[Cache], stale: &Invalidation) {
    let targets = stale.targets();
    for cache in caches {
        drop(cache.far().map(|far| far.invalidation(&targets)));
        cache.mark(stale, &targets);
    }
    events::purged(|| purge_in(caches, targets.all()));
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;
    use crate::error::Error;
    use crate::store::{Answer, MemoryStore, Put, Store, Written};
    use crate::wait::block_on;

    /// A store that never answers.
    #[derive(Debug)]
    struct Silent;

    impl Store for Silent {
        async fn get(&self, _: &[&[u8]]) -> Result<Answer> {
            pending().await
        }

        async fn put(&self, _: &[Put<'_>]) -> Result<Vec<Written>> {
            pending().await
        }

        async fn delete(&self, _: &[&[u8]]) -> Result<()> {
            pending().await
        }
    }

    #[test]
    fn who_is_dropped_at_the_first_store_owes_it_to_the_others() {
        let silent = Cache::builder().near(0).store(Silent).build();
        let other = Cache::builder()
            .near(0)
            .store(MemoryStore::bounded(100, 1 << 20))
            .build();
        let kept = || block_on(other.get::<u64>("k")).unwrap();
        let entry = other.entry("k").tags(["t"]);
        block_on(entry.ready());
        assert!(block_on(entry.set(&7_u64)).unwrap());
        assert_eq!(kept(), Some(7));

        let mut stale = Invalidation::new();
        stale.tag("t");
        {
            let caches = [&silent, &other];
            let mut invalidation = pin!(invalidate_in(&caches, &stale));
            let mut context = Context::from_waker(Waker::noop());
            assert_eq!(
                invalidation.as_mut().poll(&mut context).map(drop),
                Poll::Pending
            );
        }
        assert_eq!(kept(), None);
    }

    /// A store that is down.
    #[derive(Debug)]
    struct Down(&'static str);

    impl Store for Down {
        async fn get(&self, _: &[&[u8]]) -> Result<Answer> {
            Err(Error::store("down"))
        }

        async fn put(&self, _: &[Put<'_>]) -> Result<Vec<Written>> {
            Err(Error::store("down"))
        }

        async fn delete(&self, _: &[&[u8]]) -> Result<()> {
            Err(Error::store("down"))
        }

        fn address(&self) -> String {
            self.0.to_owned()
        }
    }

    #[test]
    fn of_several_stores_that_fail_each_has_its_error() {
        let down = |address| Cache::builder().store(Down(address)).build();
        let (one, other) = (down("one"), down("other"));
        let there = Cache::memory(10);
        let mut stale = Invalidation::new();
        stale.tag("t");
        let error = block_on(invalidate_in(&[&one, &there, &other], &stale)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the cache at one: the store failed: down; the cache at other: the store failed: down"
        );
        let others: Vec<_> = error.others().iter().map(Error::to_string).collect();
        assert_eq!(others, ["the cache at other: the store failed: down"]);
        let error = block_on(invalidate_in(&[&there, &other], &stale)).unwrap_err();
        assert!(error.others().is_empty(), "{error}");
    }
}
