//! A store that several own.

use std::sync::Arc;

use super::{Answer, Put, Store, Written};
use crate::error::Result;
use crate::tracking::Tracking;

/// The same store, for several caches, or for a cache and the program beside it.
///
/// ```
/// use std::sync::Arc;
///
/// use cache_core::{Cache, MemoryStore};
///
/// let store = Arc::new(MemoryStore::bounded(10_000, 64 << 20));
/// let pages = Cache::builder().prefix("pages").store(store.clone()).build();
/// let users = Cache::builder().prefix("users").store(store).build();
/// # drop((pages, users));
/// ```
impl<S: Store> Store for Arc<S> {
    fn get(&self, keys: &[&[u8]]) -> impl Future<Output = Result<Answer>> + Send {
        S::get(self, keys)
    }

    fn get_values(&self, keys: &[&[u8]]) -> impl Future<Output = Result<Answer>> + Send {
        S::get_values(self, keys)
    }

    fn put(&self, puts: &[Put<'_>]) -> impl Future<Output = Result<Vec<Written>>> + Send {
        S::put(self, puts)
    }

    fn delete(&self, keys: &[&[u8]]) -> impl Future<Output = Result<()>> + Send {
        S::delete(self, keys)
    }

    fn get_and_put(
        &self,
        keys: &[&[u8]],
        puts: &[Put<'_>],
    ) -> impl Future<Output = Result<(Answer, Vec<Written>)>> + Send {
        S::get_and_put(self, keys, puts)
    }

    fn sweep(&self) -> impl Future<Output = Result<()>> + Send {
        S::sweep(self)
    }

    fn tracking(&self) -> Option<Arc<Tracking>> {
        S::tracking(self)
    }

    fn address(&self) -> String {
        S::address(self)
    }

    fn doing(&self) -> Option<String> {
        S::doing(self)
    }
}
