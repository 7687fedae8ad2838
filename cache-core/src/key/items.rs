//! How lists hash and compare their items.

use std::hash::Hasher;

use super::{CacheKey, KeyWriter};

pub(super) fn hash<I, H>(items: I, state: &mut H)
where
    I: ExactSizeIterator<Item: CacheKey>,
    H: Hasher,
{
    state.write_usize(items.len());
    for item in items {
        item.hash(state);
    }
}

pub(super) fn same<I>(items: I, stored: &[<I::Item as CacheKey>::Stored]) -> bool
where
    I: ExactSizeIterator<Item: CacheKey>,
{
    items.len() == stored.len() && items.zip(stored).all(|(item, stored)| item.same(stored))
}

pub(super) fn store<I>(items: I) -> Box<[<I::Item as CacheKey>::Stored]>
where
    I: Iterator<Item: CacheKey>,
{
    items.map(|item| item.store()).collect()
}

pub(super) fn write<I>(items: I, out: &mut KeyWriter<'_>)
where
    I: Iterator<Item: CacheKey>,
{
    out.group("", |group| items.for_each(|item| group.item(&item)));
}
