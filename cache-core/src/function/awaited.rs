//! The calls of a handle for async functions: near answers at once; a store would not.

use std::future::{Ready, ready};

use super::{invalidate, invalidate_shared, peek, peek_shared, peek_whole, peek_whole_shared};
use crate::error::Invalidated;
use crate::key::{CacheKey, Key};
use crate::outcome::Outcome;
use crate::site::Copy;
use crate::value::{LocalValue, SharedValue};

/// [`peek`], awaited.
pub fn peek_async<O, Q>(copy: Copy, outcome: O, key: &Q) -> Ready<Option<O::Kept>>
where
    O: Outcome<Kept: LocalValue>,
    Q: CacheKey,
{
    ready(peek(copy, outcome, key))
}

/// [`peek_shared`], awaited.
pub fn peek_shared_async<O>(copy: Copy, outcome: O, key: &Key) -> Ready<Option<O::Kept>>
where
    O: Outcome<Kept: SharedValue>,
{
    ready(peek_shared(copy, outcome, key))
}

/// [`peek_whole`], awaited.
pub fn peek_whole_async<O, Q>(copy: Copy, outcome: O, key: &Q) -> Ready<Option<O::Ret>>
where
    O: Outcome<Kept: LocalValue>,
    Q: CacheKey,
{
    ready(peek_whole(copy, outcome, key))
}

/// [`peek_whole_shared`], awaited.
pub fn peek_whole_shared_async<O>(copy: Copy, outcome: O, key: &Key) -> Ready<Option<O::Ret>>
where
    O: Outcome<Kept: SharedValue>,
{
    ready(peek_whole_shared(copy, outcome, key))
}

/// [`invalidate`], awaited.
pub fn invalidate_async<O, Q>(copy: Copy, outcome: O, key: &Q) -> Ready<Invalidated>
where
    O: Outcome<Kept: LocalValue>,
    Q: CacheKey,
{
    ready(invalidate(copy, outcome, key))
}

/// [`invalidate_shared`], awaited.
pub fn invalidate_shared_async<O>(copy: Copy, outcome: O, key: &Key) -> Ready<Invalidated>
where
    O: Outcome<Kept: SharedValue>,
{
    ready(invalidate_shared(copy, outcome, key))
}
