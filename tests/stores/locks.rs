//! `lock = distributed` over the real stores: caches that share one store load one at a time.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use cache_core::Cache;
use cache_tests::{Gate, Runs, within};
use tokio::task::JoinSet;

const PROCESSES: usize = 3;
const CALLERS: usize = 20;

const STORE: &str = "CACHE_TESTS_LOCKS_STORE";

async fn cache(url: &str) -> Cache {
    let separator = if url.contains('?') { '&' } else { '?' };
    let url = format!("{url}{separator}timeout=10s&near=0");
    Cache::from_url(&url).await.unwrap()
}

/// All of them load a key at once; returns their values and how many loads there were.
async fn at_once<F>(
    caches: &[Cache],
    key: &'static str,
    load: fn(Arc<Runs>) -> F,
) -> (Vec<Result<usize, usize>>, usize)
where
    F: Future<Output = Result<usize, usize>> + Send + 'static,
{
    let runs = Arc::new(Runs::new());
    let mut calls = JoinSet::new();
    for cache in caches.iter().cycle().take(caches.len() * CALLERS) {
        let (cache, runs) = (cache.clone(), runs.clone());
        calls.spawn(async move {
            let entry = cache.entry(key).ttl("1h").distributed_lock();
            entry.get_or_set(move || load(runs)).await
        });
    }
    let values = within(calls.join_all()).await;
    (values, runs.count())
}

async fn one_process_at_a_time_loads(caches: &[Cache]) {
    let (values, loads) = at_once(caches, "slow", |runs| async move {
        tokio::time::sleep(Duration::from_millis(50)).await;
        Ok(runs.run())
    })
    .await;
    assert_eq!((values, loads), (vec![Ok(1); PROCESSES * CALLERS], 1));

    let begun = Instant::now();
    let (values, loads) = at_once(caches, "failing", |runs| async move {
        tokio::time::sleep(Duration::from_millis(50)).await;
        Err(runs.run())
    })
    .await;
    assert!(values.iter().all(Result::is_err));
    assert!(loads >= PROCESSES, "an error is nobody else's");
    assert!(begun.elapsed() < Duration::from_secs(20), "they queue");

    // What was removed is loaded again, by one of them.
    caches[0].delete("slow").await.unwrap();
    let (values, loads) = at_once(caches, "slow", |runs| async move { Ok(7 + runs.run()) }).await;
    assert_eq!((values, loads), (vec![Ok(8); PROCESSES * CALLERS], 1));
}

async fn over(url: &str) {
    let caches = [cache(url).await, cache(url).await, cache(url).await];
    one_process_at_a_time_loads(&caches).await;
}

#[tokio::test]
async fn processes_over_a_store_in_memory_load_one_at_a_time() {
    let store = Arc::new(cache_core::MemoryStore::bounded(1_000, 64 << 20));
    let cache = |()| Cache::builder().near(0).store(store.clone()).build();
    one_process_at_a_time_loads(&[(); PROCESSES].map(cache)).await;
}

/// Plays a process that is killed while it loads; alone it loads in memory.
#[tokio::test]
async fn in_a_process_of_its_own() {
    let url = std::env::var(STORE);
    let cache = cache(url.as_deref().unwrap_or("memory:")).await;
    let entry = cache.entry("killed").ttl("1h").distributed_lock();
    let load = move || async move {
        if url.is_ok() {
            std::io::stdout().write_all(b"it loads\n").unwrap();
            Gate::closed().pass().await;
        }
        Ok::<_, String>(7)
    };
    assert_eq!(entry.get_or_set(load).await, Ok(7));
}

/// A process is killed in its load. The next loads by itself when the lock has ended, not before.
async fn a_killed_process_costs_three_seconds(url: &str) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["locks::in_a_process_of_its_own", "--exact", "--nocapture"])
        .env(STORE, url)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let said = BufReader::new(child.stdout.take().unwrap()).lines();
    let loads = said
        .map_while(Result::ok)
        .any(|line| line.contains("it loads"));
    let killed = Instant::now();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(loads);
    let cache = cache(url).await;
    let entry = cache.entry("killed").ttl("1h").distributed_lock();
    let load = || async { Ok::<_, String>(8) };
    assert_eq!(within(entry.get_or_set(load)).await, Ok(8));
    let waited = killed.elapsed();
    let seconds = Duration::from_secs(1)..Duration::from_secs(8);
    assert!(seconds.contains(&waited), "{waited:?}");
}

mod redis {
    use cache_tests::servers::redis;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn processes_load_one_at_a_time() {
        super::over(&redis().url()).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_killed_process_costs_three_seconds() {
        super::a_killed_process_costs_three_seconds(&redis().url()).await;
    }
}

mod memcached {
    use cache_tests::servers::memcached;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn processes_load_one_at_a_time() {
        super::over(&memcached().url()).await;
    }
}

mod postgres {
    use cache_tests::servers::postgres;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn processes_load_one_at_a_time() {
        super::over(&postgres().url()).await;
    }
}

/// A folder that is removed with its test.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let name = format!("cache-locks-{name}-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir(&folder).unwrap();
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_over_sqlite_load_one_at_a_time_and_outlive_a_killed_one() {
    let folder = Folder::new("sqlite");
    let url = format!("sqlite://{}/cache.db", folder.0.display());
    over(&url).await;
    a_killed_process_costs_three_seconds(&url).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_over_a_folder_load_one_at_a_time() {
    let folder = Folder::new("files");
    over(&format!("file://{}", folder.0.display())).await;
}
