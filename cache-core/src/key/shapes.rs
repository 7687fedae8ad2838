//! Types of the standard library that contain other keys, or have only a few values.

use std::cmp::{Ordering, Reverse};
use std::convert::Infallible;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::num::{Saturating, Wrapping};
use std::ops::{
    Bound, ControlFlow, Range, RangeFrom, RangeFull, RangeInclusive, RangeTo, RangeToInclusive,
};

use super::{CacheKey, KeyWriter};

through! {
    [T: CacheKey] Reverse<T> as T: |key| key.0;
    [T: CacheKey] Wrapping<T> as T: |key| key.0;
    [T: CacheKey] Saturating<T> as T: |key| key.0;
    [T: CacheKey] Range<T> as (T, T): |range| (&range.start, &range.end);
    // After an iteration it is empty, although its bounds do not show it.
    [T: CacheKey + PartialOrd] RangeInclusive<T> as (T, T, bool): |range| (range.start(), range.end(), range.is_empty());
    [T: CacheKey] RangeFrom<T> as (T,): |range| (&range.start,);
    [T: CacheKey] RangeTo<T> as (T,): |range| (&range.end,);
    [T: CacheKey] RangeToInclusive<T> as (T,): |range| (&range.end,);
    [T: CacheKey] Bound<T> as (u8, Option<T>): |bound| match bound {
        Self::Included(value) => (0_u8, Some(value)),
        Self::Excluded(value) => (1, Some(value)),
        Self::Unbounded => (2, None),
    };
    [T: CacheKey, E: CacheKey] Result<T, E> as (Option<T>, Option<E>): |result| (result.as_ref().ok(), result.as_ref().err());
    [B: CacheKey, C: CacheKey] ControlFlow<B, C> as (Option<B>, Option<C>): |flow| match flow {
        Self::Break(value) => (Some(value), None),
        Self::Continue(value) => (None, Some(value)),
    };
}

values! {
    [] Ordering as Self: |ordering| *ordering, match ordering {
        Self::Less => "less",
        Self::Equal => "equal",
        Self::Greater => "greater",
    };
}

/// Keys with only one value.
macro_rules! units {
    ($($(<$param:ident>)? $type:ident),*) => {$(
        impl $(<$param: ?Sized>)? CacheKey for $type $(<$param>)? {
            type Stored = ();

            fn hash<H: Hasher>(&self, _: &mut H) {}

            fn same(&self, (): &()) -> bool {
                true
            }

            fn store(&self) {}

            fn write(&self, out: &mut KeyWriter<'_>) {
                ().write(out);
            }
        }
    )*};
}

units!(<T> PhantomData, RangeFull);

impl CacheKey for Infallible {
    type Stored = Self;

    fn hash<H: Hasher>(&self, _: &mut H) {
        match *self {}
    }

    fn same(&self, _: &Self) -> bool {
        match *self {}
    }

    fn store(&self) -> Self {
        *self
    }

    fn write(&self, _: &mut KeyWriter<'_>) {
        match *self {}
    }
}
