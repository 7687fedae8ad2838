//! What an invalidation does in this process, after the store.

use super::Cache;
use crate::far::CACHE;
use crate::key::Key;
use crate::marks::marks;

/// Forgets keys, or everything, when it is dropped: once the store was told, and as well if that has failed, or if the
/// caller does not wait for it.
pub(super) struct Removal<'c> {
    cache: &'c Cache,
    keys: Option<&'c [Key]>,
}

impl<'c> Removal<'c> {
    pub(super) fn of(cache: &'c Cache, keys: &'c [Key]) -> Self {
        Self {
            cache,
            keys: Some(keys),
        }
    }

    pub(super) fn of_everything(cache: &'c Cache) -> Self {
        Self { cache, keys: None }
    }
}

impl Drop for Removal<'_> {
    fn drop(&mut self) {
        let near = self.cache.near();
        if let Some(keys) = self.keys {
            for key in keys {
                near.remove(near.hash(key), key);
            }
        } else {
            marks().mark(marks().slot(self.cache.scope(), CACHE));
            near.clear();
        }
    }
}
