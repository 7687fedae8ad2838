//! No invalidation is lost: two processes load, keep and invalidate over one store, at random, and a read after an acknowledgement
//! returns no older value. With near, it returns no value that was already older a `near_ttl` ago.

mod database;

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use cache_core::Cache;
use cache_tests::servers;

use self::database::{Client, Database};

const STORE: &str = "CACHE_TESTS_LOST_STORE";
const DATABASE: &str = "CACHE_TESTS_LOST_DATABASE";

const KEYS: u64 = 4;
const TASKS: u64 = 4;
const TIME: Duration = Duration::from_secs(2);
/// The `near_ttl` of the round with near, and the delay of a busy machine.
const NEAR_TTL: Duration = Duration::from_millis(50);
const SLACK: Duration = Duration::from_millis(250);

/// Two processes over the store at this address, with near off, then on.
fn hunt(url: &str) {
    let with = |options: &str| {
        let first = if url.contains('?') { '&' } else { '?' };
        format!("{url}{first}timeout=10s&{options}")
    };
    for (url, lag) in [
        (with("near=0&prefix=off"), Duration::ZERO),
        (with("near=1000&near_ttl=50ms&prefix=on"), NEAR_TTL + SLACK),
    ] {
        let database = Database::start();
        let children: Vec<_> = (0..2).map(|_| child(&url, &database, lag)).collect();
        for child in children {
            let output = child.wait_with_output().unwrap();
            let said = [output.stdout, output.stderr].concat();
            let said = String::from_utf8_lossy(&said);
            assert!(
                output.status.success() && said.contains("1 passed"),
                "{said}"
            );
        }
        database.judge(&url);
    }
}

fn child(url: &str, database: &Database, lag: Duration) -> std::process::Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["lost::in_a_process_of_its_own", "--exact", "--nocapture"])
        .env(STORE, url)
        .env(DATABASE, format!("{} {}", database.port(), lag.as_millis()))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Plays one process of a hunt; alone it hunts in memory.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_process_of_its_own() {
    let own = Database::start();
    let told = std::env::var(DATABASE).unwrap_or_else(|_| format!("{} 0", own.port()));
    let (port, lag) = told.split_once(' ').unwrap();
    let (port, lag): (u16, u64) = (port.parse().unwrap(), lag.parse().unwrap());
    let url = std::env::var(STORE).unwrap_or_else(|_| "memory:?near=0".to_owned());
    let cache = Cache::from_url(&url).await.unwrap();
    let end = Instant::now() + TIME;
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let seed = u64::from(std::process::id()) * 1_000 + task;
            let cache = cache.clone();
            tokio::spawn(async move {
                let database = Client::connect(port, lag).await;
                work(cache, database, seed, end).await;
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    if std::env::var(STORE).is_err() {
        own.judge(&url);
    }
}

async fn work(cache: Cache, mut database: Client, mut random: u64, end: Instant) {
    while Instant::now() < end {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let choice = random >> 33;
        let number = choice % KEYS;
        if (choice / KEYS).is_multiple_of(5) {
            write(&cache, &mut database, number).await;
        } else {
            let floor = database.floor(number).await;
            let value = read(&cache, &mut database, number).await;
            database.tell_read(number, floor, value).await;
        }
    }
}

/// Even numbers are invalidated by their keys, odd ones by their tags.
async fn write(cache: &Cache, database: &mut Client, number: u64) {
    let version = database.write(number).await;
    let reached = if number.is_multiple_of(2) {
        cache.delete(key(number)).await.map(drop)
    } else {
        cache.invalidate_tag(tag(number)).await
    };
    if reached.is_ok() {
        database.acknowledge(number, version).await;
    }
}

async fn read(cache: &Cache, database: &mut Client, number: u64) -> u64 {
    if number.is_multiple_of(2) {
        let load = move || async move { Ok::<_, cache_core::Error>(database.load(number).await) };
        return cache.get_or_set(key(number), "1h", load).await.unwrap();
    }
    if let Ok(Some(version)) = cache.get(key(number)).await {
        return version;
    }
    let entry = cache.entry(key(number)).ttl("1h").tags([tag(number)]);
    let version = database.load(number).await;
    let _ = entry.set(&version).await;
    version
}

fn key(number: u64) -> String {
    format!("number:{number}")
}

fn tag(number: u64) -> String {
    format!("tag:{number}")
}

mod sqlite {
    #[test]
    fn no_invalidation_is_lost() {
        let folder = super::Folder::new();
        super::hunt(&format!("sqlite://{}/cache.db", folder.path()));
    }
}

mod file {
    #[test]
    fn no_invalidation_is_lost() {
        let folder = super::Folder::new();
        super::hunt(&format!("file://{}/cache", folder.path()));
    }
}

mod postgres {
    #[test]
    fn no_invalidation_is_lost() {
        super::hunt(&super::servers::postgres().url());
    }
}

mod redis {
    #[test]
    fn no_invalidation_is_lost() {
        super::hunt(&super::servers::redis().url());
    }
}

mod memcached {
    #[test]
    fn no_invalidation_is_lost() {
        super::hunt(&super::servers::memcached().url());
    }
}

/// The folder of a hunt.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new() -> Self {
        let unique = format!(
            "cache-lost-{}-{:?}",
            std::process::id(),
            std::thread::current().id()
        );
        let unique: String = unique
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
            .collect();
        let path = std::env::temp_dir().join(unique);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn path(&self) -> String {
        self.0.to_str().unwrap().to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
