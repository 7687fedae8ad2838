//! Many at once, in two processes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::super::room::{OrFault, Room, Verdict, ensure};
use super::super::threads::{at_once, pause};
use super::holds;
use crate::cache::Cache;

const THREADS: usize = 16;
const STEP: Duration = Duration::from_millis(20);

pub(super) async fn incr(room: Arc<Room>) -> Verdict {
    const STEPS: usize = 5;
    let caches = [room.cache(), room.cache()];
    caches[0].set("counter", &0_u64).await.or_fault()?;
    let shared = caches.clone();
    let sums = at_once(THREADS, move |number| {
        let cache = shared[number % 2].clone();
        async move {
            let mut sums = Vec::new();
            for _ in 0..STEPS {
                sums.push(cache.incr("counter", 1).await.or_fault()?);
            }
            Ok(sums)
        }
    })
    .await?;
    let mut sums: Vec<i64> = sums.concat();
    sums.sort_unstable();
    sums.dedup();
    ensure!(
        sums.len() == STEPS * THREADS,
        "{} sums were told twice",
        STEPS * THREADS - sums.len()
    );
    holds(&caches[1], "counter", (STEPS * THREADS) as u64).await
}

pub(super) async fn add(room: Arc<Room>) -> Verdict {
    let caches = [room.cache(), room.cache()];
    for round in 0..5 {
        let key = format!("round {round}");
        let (shared, own) = (caches.clone(), key.clone());
        let told = at_once(THREADS, move |number| {
            let (cache, key) = (shared[number % 2].clone(), own.clone());
            async move { Ok((number, cache.add(key, &number).await.or_fault()?)) }
        })
        .await?;
        let added: Vec<usize> = told
            .into_iter()
            .filter_map(|(number, added)| added.then_some(number))
            .collect();
        ensure!(
            added.len() == 1,
            "of {THREADS} threads {} were told that they had added",
            added.len()
        );
        holds(&caches[0], &key, added[0]).await?;
    }
    Ok(())
}

pub(super) async fn load(room: Arc<Room>) -> Verdict {
    loads_once(room.cache()).await?;
    loads_once(room.builder().near(100).build()).await
}

async fn loads_once(cache: Cache) -> Verdict {
    cache.delete("key").await.or_fault()?;
    let (asked, loads) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let counted = loads.clone();
    let values = at_once(THREADS, move |_| {
        let (cache, asked, loads) = (cache.clone(), asked.clone(), counted.clone());
        async move {
            asked.fetch_add(1, Ordering::Relaxed);
            let load = || async {
                while asked.load(Ordering::Relaxed) < THREADS {
                    pause(STEP).await;
                }
                pause(10 * STEP).await;
                Ok::<_, String>(loads.fetch_add(1, Ordering::Relaxed))
            };
            cache.get_or_set("key", "1h", load).await
        }
    })
    .await?;
    let loads = loads.load(Ordering::Relaxed);
    ensure!(
        loads == 1,
        "{THREADS} that asked at once loaded {loads} times"
    );
    ensure!(
        values.iter().all(|value| *value == 0),
        "they were given {values:?}"
    );
    Ok(())
}
