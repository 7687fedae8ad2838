//! The calls that `#[cached]` writes: each finds the function's place and asks it.

use std::future::Future;

use super::{Look, PendingLoad, Place, invalidate_shared_async, peek_shared_async};
use crate::cache::Cache;
use crate::entry::{AnyEntry, BY_HAND, Entry};
use crate::error::Invalidated;
use crate::key::{CacheKey, Key};
use crate::monitor::block_on;
use crate::near::NearKey;
use crate::outcome::Outcome;
use crate::site::{Instance, Stored};
use crate::value::{LocalValue, SharedValue};

/// A load in a shared cache.
pub type SharedPendingLoad<O> = PendingLoad<O, Box<[u8]>>;

/// The place of a function that keeps its values for itself.
#[inline]
fn own_place<K: NearKey, V: Send + Sync + 'static>(instance: Instance) -> Place<K, Entry<V>> {
    Place {
        near: instance.near(),
        site: instance.site(),
        ttl: None,
        behind: None,
        origin: None,
    }
}

/// The place of a function that shares a cache.
pub(super) fn shared_place<O: Outcome<Kept: SharedValue>>(
    instance: Instance,
    _: O,
) -> Place<Box<[u8]>, dyn AnyEntry> {
    let cache: &'static Cache = instance.site().cache();
    Place {
        near: cache.near(),
        site: instance.site(),
        ttl: cache.ttl(),
        behind: cache.behind::<O::Kept>(Some(instance.own_name())),
        origin: Some(instance.origin()),
    }
}

/// Looks a function's own values up.
#[inline]
pub fn look<O, Q>(
    instance: Instance,
    outcome: O,
    key: &Q,
) -> Look<O::Ret, PendingLoad<O, Stored<Q>>>
where
    O: Outcome<Kept: LocalValue>,
    Q: CacheKey,
{
    own_place(instance).look(outcome, key)
}

/// Looks in the cache that the function shares.
#[inline]
pub fn look_shared<O>(
    instance: Instance,
    outcome: O,
    key: &Key,
) -> Look<O::Ret, SharedPendingLoad<O>>
where
    O: Outcome<Kept: SharedValue>,
{
    shared_place(instance, outcome).look(outcome, key)
}

/// The right to load anew, whatever is kept.
pub fn refresh<O, Q>(instance: Instance, outcome: O, key: &Q) -> PendingLoad<O, Stored<Q>>
where
    O: Outcome<Kept: LocalValue>,
    Q: CacheKey,
{
    own_place(instance).refresh(outcome, key)
}

/// [`refresh`] in the cache that the function shares.
pub fn refresh_shared<O>(instance: Instance, outcome: O, key: &Key) -> SharedPendingLoad<O>
where
    O: Outcome<Kept: SharedValue>,
{
    shared_place(instance, outcome).refresh(outcome, key)
}

/// The right to load anew and to store as a hand does, so that whoever asks for the key finds it.
pub fn put_shared<O>(instance: Instance, outcome: O, key: &Key) -> SharedPendingLoad<O>
where
    O: Outcome<Kept: SharedValue>,
{
    let place = Place {
        behind: instance.site().cache().behind::<O::Kept>(None),
        origin: Some(BY_HAND),
        ..shared_place(instance, outcome)
    };
    place.put(outcome, key)
}

/// What is kept, as it is kept.
pub fn peek<O, Q>(instance: Instance, outcome: O, key: &Q) -> Option<O::Kept>
where
    O: Outcome<Kept: LocalValue>,
    Q: CacheKey,
{
    block_on(own_place::<_, O::Kept>(instance).peek(outcome, key))
}

/// [`peek`] in the cache that the function shares.
pub fn peek_shared<O: Outcome<Kept: SharedValue>>(
    instance: Instance,
    outcome: O,
    key: &Key,
) -> Option<O::Kept> {
    block_on(peek_shared_async(instance, outcome, key))
}

/// What is kept, as the function returns it.
pub fn peek_whole<O, Q>(instance: Instance, outcome: O, key: &Q) -> Option<O::Ret>
where
    O: Outcome<Kept: LocalValue>,
    Q: CacheKey,
{
    peek(instance, outcome, key).map(O::whole)
}

/// [`peek_whole`] in the cache that the function shares.
pub fn peek_whole_shared<O: Outcome<Kept: SharedValue>>(
    instance: Instance,
    outcome: O,
    key: &Key,
) -> Option<O::Ret> {
    peek_shared(instance, outcome, key).map(O::whole)
}

/// Forgets one key.
pub fn invalidate<O, Q>(instance: Instance, _: O, key: &Q) -> Invalidated
where
    O: Outcome<Kept: LocalValue>,
    Q: CacheKey,
{
    block_on(own_place::<_, O::Kept>(instance).invalidate(key))
}

/// [`invalidate`] in the cache that the function shares.
pub fn invalidate_shared<O: Outcome<Kept: SharedValue>>(
    instance: Instance,
    outcome: O,
    key: &Key,
) -> Invalidated {
    block_on(invalidate_shared_async(instance, outcome, key))
}

/// The key of a function that shares a cache without naming one: its path and its arguments.
pub fn argument_key<Q: CacheKey>(instance: Instance, arguments: &Q) -> Key {
    let mut key = Key::new();
    key.literal(instance.name());
    key.last(arguments);
    key
}

/// Fixes the argument of a closure over the kept value.
#[inline]
pub fn of_kept<T, R>(kept: &T, question: impl FnOnce(&T) -> R) -> R {
    question(kept)
}

/// [`of_kept`] for an answer that borrows from the kept value.
#[inline]
pub fn of_kept_by_reference<'k, T, R>(kept: &'k T, question: impl FnOnce(&'k T) -> R) -> R {
    question(kept)
}

/// Fixes that a body runs once, so that it may change or move what it captures, and return what borrows from it.
#[inline]
pub fn once<R, F: FnOnce() -> R>(body: F) -> F {
    body
}

/// Fixes the output of a future, so that `?` inside it knows where it leads.
#[inline]
pub fn returns<R, F: Future<Output = R>>(future: F) -> F {
    future
}
