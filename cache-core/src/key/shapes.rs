//! Types of the standard library that hold other keys, or one of a few values.

use std::cmp::{Ordering, Reverse};
use std::convert::Infallible;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::num::{Saturating, Wrapping};
use std::ops::{
    Bound, ControlFlow, Range, RangeFrom, RangeFull, RangeInclusive, RangeTo, RangeToInclusive,
};

use super::{CacheKey, KeyWriter};

/// Keys that are their one field.
macro_rules! wrappers {
    ($($type:ident),*) => {$(
        impl<T: CacheKey> CacheKey for $type<T> {
            type Stored = T::Stored;

            fn hash<H: Hasher>(&self, state: &mut H) {
                self.0.hash(state);
            }

            fn same(&self, stored: &T::Stored) -> bool {
                self.0.same(stored)
            }

            fn store(&self) -> T::Stored {
                self.0.store()
            }

            fn write(&self, out: &mut KeyWriter<'_>) {
                self.0.write(out);
            }

            fn write_last(&self, out: &mut KeyWriter<'_>) {
                self.0.write_last(out);
            }
        }
    )*};
}

wrappers!(Reverse, Wrapping, Saturating);

/// Keys that another key says all of.
macro_rules! through {
    ($(<$($param:ident $(: $bound:path)?),*> $type:ty as $as:ty: |$value:ident| $key:expr;)*) => {$(
        impl<$($param: CacheKey $(+ $bound)?),*> CacheKey for $type {
            type Stored = <$as as CacheKey>::Stored;

            fn hash<S: Hasher>(&self, state: &mut S) {
                let $value = self;
                CacheKey::hash(&($key), state);
            }

            fn same(&self, stored: &Self::Stored) -> bool {
                let $value = self;
                ($key).same(stored)
            }

            fn store(&self) -> Self::Stored {
                let $value = self;
                ($key).store()
            }

            fn write(&self, out: &mut KeyWriter<'_>) {
                let $value = self;
                ($key).write(out);
            }
        }
    )*};
}

through! {
    <T> Range<T> as (T, T): |range| (&range.start, &range.end);
    // Empty without its bounds saying so, once it has been iterated over.
    <T: PartialOrd> RangeInclusive<T> as (T, T, bool): |range| (range.start(), range.end(), range.is_empty());
    <T> RangeFrom<T> as (T,): |range| (&range.start,);
    <T> RangeTo<T> as (T,): |range| (&range.end,);
    <T> RangeToInclusive<T> as (T,): |range| (&range.end,);
    <T> Bound<T> as (u8, Option<T>): |bound| match bound {
        Self::Included(value) => (0_u8, Some(value)),
        Self::Excluded(value) => (1, Some(value)),
        Self::Unbounded => (2, None),
    };
    <T, E> Result<T, E> as (Option<T>, Option<E>): |result| (result.as_ref().ok(), result.as_ref().err());
    <B, C> ControlFlow<B, C> as (Option<B>, Option<C>): |flow| match flow {
        Self::Break(value) => (Some(value), None),
        Self::Continue(value) => (None, Some(value)),
    };
}

/// Keys that have one value.
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

impl CacheKey for Ordering {
    type Stored = Self;

    fn hash<H: Hasher>(&self, state: &mut H) {
        Hash::hash(self, state);
    }

    fn same(&self, stored: &Self) -> bool {
        self == stored
    }

    fn store(&self) -> Self {
        *self
    }

    fn write(&self, out: &mut KeyWriter<'_>) {
        out.text(match self {
            Self::Less => "less",
            Self::Equal => "equal",
            Self::Greater => "greater",
        });
    }
}
