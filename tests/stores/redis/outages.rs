//! Three processes under load while their server is killed and started again: every request is answered, nobody is given what was
//! invalidated, and once the server is back, the processes find its values again.
//!
//! `CACHE_TESTS_KILLS=10 cargo test --test stores outages -- --nocapture` kills it ten times, and prints what it saw.
#![allow(
    clippy::print_stdout,
    reason = "a process tells the test that started it"
)]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime};

use cache_core::{Cache, Caches, cached};
use cache_tests::servers::redis;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

const STORE: &str = "CACHE_TESTS_OUTAGES_STORE";
const SOURCE: &str = "CACHE_TESTS_OUTAGES_SOURCE";
const NUMBER: &str = "CACHE_TESTS_OUTAGES_NUMBER";
const KILLS: &str = "CACHE_TESTS_KILLS";

const PROCESSES: usize = 3;
const KEYS: usize = 60;
/// Each process asks so often: a thousand times a second together.
const PACE: Duration = Duration::from_millis(PROCESSES as u64);
/// Each process changes one of its keys after so many requests.
const BETWEEN_CHANGES: usize = 20;
/// A process that is cut off serves its copies for two seconds, by a clock of steps.
const LAG: Duration = Duration::from_millis(2_100);
/// What counts as one figure of the hit rate.
const SLICE: Duration = Duration::from_millis(100);

/// The data that the processes share, as files: the version of each key, and the newest that is known to be invalidated.
struct Source(PathBuf);

impl Source {
    /// Each version is written apart and put in place at once.
    fn write(&self, kind: &str, key: usize, text: &str) {
        let (written, place) = (
            self.0.join(format!("{kind}{key}.new")),
            self.0.join(format!("{kind}{key}")),
        );
        std::fs::write(&written, text).unwrap();
        std::fs::rename(written, place).unwrap();
    }

    fn numbers<const N: usize>(&self, kind: &str, key: usize) -> [u64; N] {
        let text = std::fs::read_to_string(self.0.join(format!("{kind}{key}")));
        let text = text.unwrap_or_default();
        let mut numbers = text.split(' ').map(|number| number.parse().unwrap_or(0));
        std::array::from_fn(|_| numbers.next().unwrap_or(0))
    }

    fn version(&self, key: usize) -> u64 {
        let [version] = self.numbers("version", key);
        version
    }

    /// The oldest version that process `own` may give from now on.
    fn floor(&self, key: usize, own: usize) -> u64 {
        let [newest, at, before] = self.numbers("invalidated", key);
        let is_known = key % PROCESSES == own || now() >= at + millis(LAG);
        if is_known { newest } else { before }
    }

    fn invalidated(&self, key: usize, version: u64) {
        let [newest, at, before] = self.numbers("invalidated", key);
        let known = if now() >= at + millis(LAG) {
            newest
        } else {
            before
        };
        self.write("invalidated", key, &format!("{version} {} {known}", now()));
    }

    fn has_ended(&self) -> bool {
        self.0.join("end").exists()
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap()
}

fn now() -> u64 {
    millis(SystemTime::UNIX_EPOCH.elapsed().unwrap())
}

/// Where this process finds the data.
static FOLDER: OnceLock<PathBuf> = OnceLock::new();

fn source() -> Source {
    Source(FOLDER.get().unwrap().clone())
}

#[cached(key = "k{key}", ttl = "1h", tags("t{key}"))]
async fn read(key: usize) -> u64 {
    source().version(key)
}

/// One answered request.
struct Served {
    is_stale: bool,
    took: Duration,
}

async fn request(key: usize, own: usize) -> Served {
    let (floor, begun) = (source().floor(key, own), Instant::now());
    Served {
        is_stale: read(key).await < floor,
        took: begun.elapsed(),
    }
}

/// Changes the keys of this process, one after another.
async fn change(cache: Cache, own: usize) {
    let mut pace = interval(PACE * u32::try_from(BETWEEN_CHANGES).unwrap());
    let own_keys: Vec<_> = (own..KEYS).step_by(PROCESSES).collect();
    for key in own_keys.into_iter().cycle() {
        pace.tick().await;
        let source = source();
        if source.has_ended() {
            return;
        }
        let version = source.version(key) + 1;
        source.write("version", key, &version.to_string());
        // What did not reach the server is owed to the others.
        if cache.invalidate_tag(format!("t{key}")).await.is_ok() {
            source.invalidated(key, version);
        }
    }
}

/// Plays one process under load, if it is told which; its hits and misses are said of each slice of time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_process_of_its_own() {
    let Ok(url) = std::env::var(STORE) else {
        return;
    };
    FOLDER.set(std::env::var(SOURCE).unwrap().into()).unwrap();
    let own: usize = std::env::var(NUMBER).unwrap().parse().unwrap();
    let cache = Cache::from_url(&url).await.unwrap();
    cache_core::install(Caches::new().with("default", cache.clone())).unwrap();
    let changes = tokio::spawn(change(cache, own));
    let (mut requests, mut pace) = (JoinSet::new(), interval(PACE));
    pace.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let (mut slice, mut before) = (0, read::stats());
    println!();
    for number in 0.. {
        pace.tick().await;
        if slice != now() / millis(SLICE) {
            let stats = read::stats();
            let (hits, misses) = (stats.hits - before.hits, stats.misses - before.misses);
            println!("slice {slice} {} {hits}", hits + misses);
            (slice, before) = (now() / millis(SLICE), stats);
            if source().has_ended() {
                break;
            }
        }
        // A step that has no part in the number of keys reaches each of them.
        requests.spawn(request((number * 7 + own) % KEYS, own));
    }
    changes.await.unwrap();
    let (mut stale, mut worst) = (0, Duration::ZERO);
    for served in requests.join_all().await {
        stale += u64::from(served.is_stale);
        worst = worst.max(served.took);
    }
    println!("stale {stale}");
    println!("worst {}", worst.as_millis());
}

/// What all processes together have seen.
#[derive(Debug, Default)]
struct Seen {
    /// Requests and hits of each slice of time.
    slices: BTreeMap<u64, (u64, u64)>,
    stale: u64,
    /// In milliseconds.
    worst: u64,
}

impl Seen {
    fn add(&mut self, said: &str) {
        for line in said.lines() {
            let mut words = line.split(' ');
            let what = words.next().unwrap_or_default();
            let numbers: Vec<u64> = words.map_while(|word| word.parse().ok()).collect();
            match (what, &numbers[..]) {
                ("slice", &[at, all, hits]) => {
                    let slice = self.slices.entry(at).or_default();
                    *slice = (slice.0 + all, slice.1 + hits);
                }
                ("stale", &[stale]) => self.stale += stale,
                ("worst", &[worst]) => self.worst = self.worst.max(worst),
                _ => {}
            }
        }
    }

    /// The part of the requests between two moments that were hits.
    fn hit_rate(&self, from: u64, to: u64) -> f64 {
        let slices = self.slices.range(from / millis(SLICE)..to / millis(SLICE));
        let (all, hits) = slices.fold((0, 0), |sum, (_, slice)| (sum.0 + slice.0, sum.1 + slice.1));
        #[expect(clippy::cast_precision_loss, reason = "thousands")]
        let rate = hits as f64 / all as f64;
        rate
    }

    /// How many milliseconds after this moment the hit rate of half a second is as good as this.
    fn time_until(&self, good: f64, from: u64) -> Option<u64> {
        let later = (0..100).map(|slices| slices * millis(SLICE));
        later
            .take_while(|later| {
                let last = self.slices.last_key_value();
                last.is_some_and(|(last, _)| (from + later + 500) / millis(SLICE) < *last)
            })
            .find(|later| self.hit_rate(from + later, from + later + 500) >= good)
    }
}

#[test]
fn a_server_that_is_killed_under_load_fails_no_request_and_leaves_nothing_stale() {
    let kills = std::env::var(KILLS).map_or(2, |kills| kills.parse().unwrap());
    let server = redis();
    let source = server.folder().join("source");
    std::fs::create_dir(&source).unwrap();
    let child = |number: usize| {
        Command::new(std::env::current_exe().unwrap())
            .args([
                "redis::outages::in_a_process_of_its_own",
                "--exact",
                "--nocapture",
            ])
            .env(STORE, format!("{}?prefix=p&timeout=500ms", server.url()))
            .env(SOURCE, &source)
            .env(NUMBER, number.to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let children: Vec<_> = (0..PROCESSES).map(child).collect();
    let wait = |seconds: f32| std::thread::sleep(Duration::from_secs_f32(seconds));
    wait(2.0);
    let (warm, mut outages) = (now(), Vec::new());
    wait(1.5);
    for _ in 0..kills {
        let killed = now();
        server.kill();
        wait(0.8);
        server.start_again();
        outages.push((killed, now()));
        wait(4.0);
    }
    std::fs::write(source.join("end"), "").unwrap();
    let mut seen = Seen::default();
    for child in children {
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        let failed = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}\n{failed}");
        seen.add(&said);
    }
    let before = seen.hit_rate(warm, outages[0].0);
    let requests: u64 = seen.slices.values().map(|(all, _)| all).sum();
    println!(
        "{requests} requests, the slowest took {} ms, hit rate {before:.3}",
        seen.worst
    );
    assert_eq!(seen.stale, 0, "of {requests} requests");
    assert!(before > 0.8, "{before}");
    assert!(seen.worst < 5_000, "{} ms", seen.worst);
    for (killed, back) in outages {
        let during = seen.hit_rate(killed, back);
        let until = seen.time_until(before - 0.02, back);
        println!(
            "down for {} ms, hit rate {during:.3}, as before after {until:?} ms",
            back - killed
        );
        assert!(until.is_some_and(|until| until < 3_000), "{until:?}");
    }
}
