//! Several processes, each a cache of its own over one store, with many callers in each.

use std::sync::Arc;

use cache_core::store::{Answer, Put, Written};
use cache_core::{Cache, MemoryStore, Result, Store};
use tokio::task::{JoinSet, yield_now};

use crate::support::{Runs, within};

const PROCESSES: usize = 3;
const CALLERS: usize = 1_000;

/// A store that lets others run before and after it answers, for a time that differs from call to call.
#[derive(Debug)]
struct Far(MemoryStore, Runs);

impl Far {
    async fn travel(&self) {
        let number = self.1.run();
        for _ in 0..number * 7 % 13 {
            yield_now().await;
        }
    }
}

impl Store for Far {
    async fn get(&self, keys: &[&[u8]]) -> Result<Answer> {
        self.travel().await;
        let answer = self.0.get(keys).await;
        self.travel().await;
        answer
    }

    async fn put(&self, puts: &[Put<'_>]) -> Result<Vec<Written>> {
        self.travel().await;
        let written = self.0.put(puts).await;
        self.travel().await;
        written
    }

    async fn delete(&self, keys: &[&[u8]]) -> Result<()> {
        self.travel().await;
        self.0.delete(keys).await
    }
}

/// A process loads a key at most once, and uses a value that another process has stored meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_process_loads_a_cold_key_once_at_most() {
    for near in [0, 100] {
        for round in 0..20 {
            let runs = Arc::new(Runs::new());
            let store = Arc::new(Far(MemoryStore::bounded(100, 1 << 20), Runs::new()));
            let mut callers = JoinSet::new();
            for process in 0..PROCESSES {
                let builder = Cache::builder().near(near).timeout("1m");
                let cache = builder.store(store.clone()).build();
                for caller in 0..CALLERS {
                    let (cache, runs) = (cache.clone(), runs.clone());
                    callers.spawn(async move {
                        for _ in 0..(caller * 11 + process) % 17 {
                            yield_now().await;
                        }
                        let load = || async {
                            let run = runs.run();
                            for _ in 0..run * 5 {
                                yield_now().await;
                            }
                            Ok::<_, String>(7_u64)
                        };
                        cache.get_or_set("key", "1h", load).await
                    });
                }
            }
            let values = within(callers.join_all()).await;
            assert!(values.iter().all(|value| *value == Ok(7)));
            let runs = runs.count();
            assert!(
                (1..=PROCESSES).contains(&runs),
                "{runs} loads, near({near}), round {round}"
            );
        }
    }
}
