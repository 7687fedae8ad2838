//! Values that are written anew over a store that does not say how long they will be there.

use std::sync::Arc;
use std::time::Duration;

use crate::cache::Cache;
use crate::error::Result;
use crate::store::{Answer, MemoryStore, Put, Store, Written};
use crate::sync::Mutex;
use crate::wait::block_on;

/// A store that tells nobody of lives, and notes those that it was given for values.
#[derive(Debug)]
struct Silent {
    store: MemoryStore,
    lives: Mutex<Vec<Option<Duration>>>,
}

impl Store for Silent {
    async fn get(&self, keys: &[&[u8]]) -> Result<Answer> {
        let mut answer = self.store.get(keys).await?;
        for found in answer.found.iter_mut().flatten() {
            found.left = None;
        }
        Ok(answer)
    }

    async fn put(&self, puts: &[Put<'_>]) -> Result<Vec<Written>> {
        let values = puts.iter().filter(|put| put.value.len() > 32);
        self.lives.lock().extend(values.map(|put| put.ttl));
        self.store.put(puts).await
    }

    async fn delete(&self, keys: &[&[u8]]) -> Result<()> {
        self.store.delete(keys).await
    }
}

/// A sum that is counted lives no longer than the whole life of the number, and not for ever.
#[test]
fn a_counter_keeps_a_life_where_the_store_says_none() {
    let store = Arc::new(Silent {
        store: MemoryStore::bounded(1_000, 1 << 20),
        lives: Mutex::default(),
    });
    let hour = Duration::from_secs(3600);
    let cache = Cache::builder().near(0).ttl("1h").store(store.clone());
    let cache = cache.build();
    block_on(async {
        cache.set("n", &1_u64).await?;
        assert_eq!(cache.incr("n", 2).await?, 3);
        assert_eq!(cache.incr("n", 2).await?, 5);
        Ok::<_, crate::Error>(())
    })
    .expect("the store works");
    let lives = std::mem::take(&mut *store.lives.lock());
    assert_eq!(lives.len(), 3, "{lives:?}");
    for life in lives {
        let life = life.expect("it has a life");
        assert!(life > hour / 2 && life <= hour, "{life:?}");
    }
}
