//! The calls of a handle for async functions. What a function keeps for itself is there at once; a store takes its time.

use std::future::{Ready, ready};

use super::doors::shared_place;
use super::{invalidate, peek, peek_whole};
use crate::error::Invalidated;
use crate::key::{CacheKey, Key};
use crate::outcome::Outcome;
use crate::site::Instance;
use crate::value::{LocalValue, SharedValue};

/// [`peek`], awaited.
pub fn peek_async<O, Q>(instance: Instance, outcome: O, key: &Q) -> Ready<Option<O::Kept>>
where
    O: Outcome<Kept: LocalValue>,
    Q: CacheKey,
{
    ready(peek(instance, outcome, key))
}

/// [`peek_shared`](super::peek_shared), awaited.
pub async fn peek_shared_async<O>(instance: Instance, outcome: O, key: &Key) -> Option<O::Kept>
where
    O: Outcome<Kept: SharedValue>,
{
    shared_place(instance, outcome).peek(outcome, key).await
}

/// [`peek_whole`], awaited.
pub fn peek_whole_async<O, Q>(instance: Instance, outcome: O, key: &Q) -> Ready<Option<O::Ret>>
where
    O: Outcome<Kept: LocalValue>,
    Q: CacheKey,
{
    ready(peek_whole(instance, outcome, key))
}

/// [`peek_whole_shared`](super::peek_whole_shared), awaited.
pub async fn peek_whole_shared_async<O>(instance: Instance, outcome: O, key: &Key) -> Option<O::Ret>
where
    O: Outcome<Kept: SharedValue>,
{
    peek_shared_async(instance, outcome, key)
        .await
        .map(O::whole)
}

/// [`invalidate`], awaited.
pub fn invalidate_async<O, Q>(instance: Instance, outcome: O, key: &Q) -> Ready<Invalidated>
where
    O: Outcome<Kept: LocalValue>,
    Q: CacheKey,
{
    ready(invalidate(instance, outcome, key))
}

/// [`invalidate_shared`](super::invalidate_shared), awaited.
pub async fn invalidate_shared_async<O>(instance: Instance, outcome: O, key: &Key) -> Invalidated
where
    O: Outcome<Kept: SharedValue>,
{
    shared_place(instance, outcome).invalidate(key).await
}
