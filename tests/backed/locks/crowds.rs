//! One load for all who ask, and nothing that was invalidated.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use cache_core::testing::{scope, scope_blocking};
use cache_core::{Cache, Caches, cached};
use tokio::task::JoinSet;

use super::gated;
use crate::support::{Process, Runs, within};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_in_three_processes_causes_one_load() {
    static RUNS: Runs = Runs::new();

    #[cached(key = "crowd", ttl = "1h", lock = distributed)]
    async fn value() -> usize {
        tokio::time::sleep(Duration::from_millis(50)).await;
        RUNS.run()
    }

    for copies in [0, 1_000] {
        for callers in [300, 1_000] {
            let before = RUNS.count();
            let processes = Process::several::<3>(copies);
            let mut calls = JoinSet::new();
            for process in &processes {
                // The scope is the process: its tasks share it.
                let process = process.clone();
                calls.spawn(async move {
                    process
                        .call(async {
                            let all: JoinSet<_> = (0..callers)
                                .map(|_| cache_core::testing::in_scope(value()))
                                .collect();
                            all.join_all().await
                        })
                        .await
                });
            }
            let values = calls.join_all().await.concat();
            assert_eq!(values, vec![before + 1; 3 * callers]);
            assert_eq!(RUNS.count(), before + 1, "{copies} copies");
        }
    }
}

#[tokio::test]
async fn blocking_functions_methods_and_entries_load_once_in_all_processes() {
    static RUNS: Runs = Runs::new();

    fn slow() -> usize {
        std::thread::sleep(Duration::from_millis(30));
        RUNS.run()
    }

    #[cached(key = "blocking", ttl = "1h", lock = distributed)]
    fn blocking() -> usize {
        slow()
    }

    struct Source(fn() -> usize);

    #[cached(lock = distributed, ttl = "1h")]
    impl Source {
        #[cached(key = "method", skip(self))]
        fn method(&self) -> usize {
            (self.0)()
        }
    }

    trait Sized {
        fn size(&self) -> usize;
    }

    #[cached]
    impl Sized for Source {
        #[cached(key = "of a trait", skip(self), lock = distributed)]
        fn size(&self) -> usize {
            (self.0)()
        }
    }

    fn entry() -> usize {
        let load = || async { Ok::<_, String>(slow()) };
        let cache = cache_core::cache();
        let entry = cache.entry("entry").ttl("1h").distributed_lock();
        let waiting = tokio::runtime::Builder::new_current_thread().build();
        waiting.unwrap().block_on(entry.get_or_set(load)).unwrap()
    }

    let calls: [fn() -> usize; 4] = [
        blocking,
        || Source(slow).method(),
        || Source(slow).size(),
        entry,
    ];
    for call in calls {
        let before = RUNS.count();
        let processes = Process::several::<3>(0);
        let threads = processes.map(|process| {
            std::thread::spawn(move || {
                scope_blocking(process.caches(), || {
                    let first = call();
                    assert_eq!(call(), first);
                    first
                })
            })
        });
        let values = threads.map(|thread| thread.join().unwrap());
        assert_eq!(values, [before + 1; 3]);
        assert_eq!(RUNS.count(), before + 1);
    }
}

/// Many processes, loads of which some fail, and an editor: nobody gets what was invalidated before its call began.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_gets_what_was_invalidated_before_its_call() {
    static VERSION: AtomicUsize = AtomicUsize::new(0);
    static FLOOR: AtomicUsize = AtomicUsize::new(0);
    static LOADS: AtomicUsize = AtomicUsize::new(0);

    #[cached(key = "oracle", tags("oracle"), ttl = "1h", lock = distributed)]
    async fn value() -> Result<usize, String> {
        let version = VERSION.load(SeqCst);
        let load = LOADS.fetch_add(1, SeqCst);
        tokio::time::sleep(Duration::from_micros(load as u64 * 7_919 % 4_000)).await;
        if load % 7 == 3 {
            Err("failed".to_owned())
        } else {
            Ok(version)
        }
    }

    let processes = Process::several::<3>(0);
    let over = Arc::new(AtomicBool::new(false));
    let mut callers = JoinSet::new();
    for process in processes.iter().cycle().take(9) {
        let (process, over) = (process.clone(), over.clone());
        callers.spawn(async move {
            while !over.load(SeqCst) {
                let floor = FLOOR.load(SeqCst);
                if let Ok(version) = process.call(value()).await {
                    assert!(version >= floor, "{version} after {floor}");
                }
                tokio::time::sleep(Duration::from_micros(500)).await;
            }
        });
    }
    for at in 0_usize..300 {
        let version = VERSION.fetch_add(1, SeqCst) + 1;
        let cache = &processes[at % 3].cache;
        if at % 2 == 0 {
            cache.invalidate_tag("oracle").await.unwrap();
        } else {
            cache.delete("oracle").await.unwrap();
        }
        FLOOR.fetch_max(version, SeqCst);
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
    over.store(true, SeqCst);
    within(callers.join_all()).await;
}

#[tokio::test]
async fn a_cache_without_a_store_takes_no_lock() {
    let (runs, gate, value) = gated!(usize, key = "in memory");
    gate.let_go(1);
    let caches = Caches::new().with("default", Cache::memory(100));
    let twice = async { (value().await, value().await) };
    assert_eq!(within(scope(caches, twice)).await, (1, 1));
    assert_eq!(runs.count(), 1);
}
