//! Namespaces over a store that several processes use.

use std::sync::{Arc, Mutex};

use cache_core::store::{Answer, Put, Token, Written};
use cache_core::{Cache, CacheEntry, MemoryStore, Result, Store};

/// A store that writes the value of another process just before the first entry that it is given.
#[derive(Debug)]
struct Overtaken {
    store: Arc<MemoryStore>,
    first: Mutex<Option<CacheEntry>>,
}

impl Store for Overtaken {
    async fn get(&self, keys: &[&[u8]]) -> Result<Answer> {
        self.store.get(keys).await
    }

    async fn put(&self, puts: &[Put<'_>]) -> Result<Vec<Written>> {
        if puts.iter().any(|put| put.value.len() > Token::LENGTH) {
            let first = self.first.lock().unwrap().take();
            if let Some(first) = first {
                assert!(first.set(&1_u64).await?);
            }
        }
        self.store.put(puts).await
    }

    async fn delete(&self, keys: &[&[u8]]) -> Result<()> {
        self.store.delete(keys).await
    }
}

fn over(store: impl Store) -> Cache {
    Cache::builder().near(0).store(store).build()
}

#[tokio::test]
async fn what_a_hand_sets_is_there_although_a_load_of_another_process_was_faster() {
    let store = Arc::new(MemoryStore::bounded(100, 1 << 20));
    let loading = over(store.clone()).namespace("rust").entry("posts");
    loading.ready().await;
    let first = Mutex::new(Some(loading));
    let rust = over(Overtaken { store, first }).namespace("rust");
    rust.set("posts", &2_u64).await.unwrap();
    assert_eq!(rust.get("posts").await.unwrap(), Some(2_u64));
}

#[tokio::test]
async fn where_nothing_is_kept_a_set_is_no_error() {
    let cache = Cache::from_url("null:").await.unwrap();
    let namespace = cache.namespace("drafts");
    namespace.set("one", &1_u64).await.unwrap();
    assert_eq!(namespace.get::<u64>("one").await.unwrap(), None);
}
