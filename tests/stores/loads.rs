//! Several processes load one cold key of a store, with many callers in each.

use std::process::{Command, Stdio};
use std::sync::Arc;

use cache_core::Cache;
use cache_tests::Runs;
use cache_tests::servers::Server;
use cache_tests::servers::redis::ask;
use tokio::task::{JoinSet, spawn_blocking, yield_now};

const STORE: &str = "CACHE_TESTS_LOADS_STORE";
/// Whether they load one at a time.
const LOCK: &str = "CACHE_TESTS_LOADS_LOCK";

const PROCESSES: usize = 3;
const CALLERS: usize = 1_000;

/// The counts of the processes in the server, beside the entries of their caches.
const LOADS: &str = "loads";
const BEGUN: &str = "begun";

/// The port of the server at an address.
fn port_of(url: &str) -> u16 {
    let (_, rest) = url.rsplit_once(':').unwrap();
    rest.split_once('/').unwrap().0.parse().unwrap()
}

/// Adds to a count of all processes, and returns the sum.
async fn count(port: u16, name: &'static str, by: usize) -> usize {
    let add = move || ask(port, &["INCRBY", name, &by.to_string()]).unwrap();
    spawn_blocking(add).await.unwrap().parse().unwrap()
}

/// Plays one process; alone it uses a store in memory.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_process_of_its_own() {
    let Ok(url) = std::env::var(STORE) else {
        let cache = Cache::from_url("memory:?near=0").await.unwrap();
        let load = || async { Ok::<_, String>(7_usize) };
        assert_eq!(cache.get_or_set("key", "1h", load).await, Ok(7));
        return;
    };
    let (cache, port) = (Cache::from_url(&url).await.unwrap(), port_of(&url));
    // The first call of a process connects, so that the calls of the cold key do not.
    assert_eq!(cache.get::<usize>("another").await.unwrap(), None);
    let mut begun = count(port, BEGUN, 1).await;
    while begun < PROCESSES {
        begun = count(port, BEGUN, 0).await;
    }
    for _ in 0..2 {
        let there = Arc::new(Runs::new());
        let mut callers = JoinSet::new();
        for _ in 0..CALLERS {
            let (cache, there) = (cache.clone(), there.clone());
            callers.spawn(async move {
                there.run();
                let load = move || async move {
                    let load = count(port, LOADS, 1).await;
                    // It runs until all callers of this process are there.
                    while there.count() < CALLERS {
                        yield_now().await;
                    }
                    Ok::<_, String>(load)
                };
                if std::env::var_os(LOCK).is_some() {
                    let entry = cache.entry("key").ttl("1h").distributed_lock();
                    entry.get_or_set(load).await
                } else {
                    cache.get_or_set("key", "1h", load).await
                }
            });
        }
        for value in callers.join_all().await {
            assert!((1..=PROCESSES).contains(&value.unwrap()));
        }
    }
}

/// Runs several processes against this server.
fn ask_at_once(server: &Server, near: &str, lock: bool) -> usize {
    let url = format!("{}?timeout=10s&prefix=loads&{near}", server.url());
    let child = |_| {
        Command::new(std::env::current_exe().unwrap())
            .args(["loads::in_a_process_of_its_own", "--exact"])
            .env(STORE, &url)
            .envs(lock.then_some((LOCK, "1")))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    for child in (0..PROCESSES).map(child).collect::<Vec<_>>() {
        let output = child.wait_with_output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert!(
            output.status.success() && said.contains("1 passed"),
            "{said}"
        );
    }
    let loads = ask(server.port(), &["GET", LOADS]).unwrap();
    loads.parse().unwrap()
}

mod redis {
    use super::{PROCESSES, ask_at_once};
    use cache_tests::servers::redis;

    #[test]
    fn each_process_loads_a_cold_key_once_at_most() {
        for near in ["near=0", "near=1000"] {
            let loads = ask_at_once(&redis(), near, false);
            assert!((1..=PROCESSES).contains(&loads), "{loads} loads, {near}");
        }
    }

    #[test]
    fn under_a_lock_one_of_them_loads() {
        for near in ["near=0", "near=1000"] {
            assert_eq!(ask_at_once(&redis(), near, true), 1, "{near}");
        }
    }
}
