//! Processes that are killed as soon as their invalidation is acknowledged: the server tells the others all the same.
//!
//! `CACHE_TESTS_WRITERS=1000 cargo test --test stores killed -- --nocapture` kills a thousand of them.
#![allow(
    clippy::print_stdout,
    reason = "a process tells the test that started it"
)]

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use cache_tests::servers::redis;

use super::{at, ends, get, load, process};

const STORE: &str = "CACHE_TESTS_KILLED_STORE";
const WRITERS: &str = "CACHE_TESTS_WRITERS";

/// So long after the acknowledgement no reader finds the old value.
const SOON: Duration = Duration::from_millis(50);

/// Plays a process that invalidates and says so, if it is told where.
#[tokio::test]
async fn in_a_process_of_its_own() {
    let Ok(url) = std::env::var(STORE) else {
        return;
    };
    let cache = at(&url, "near_ttl=1h").await;
    cache.invalidate_tag("t").await.unwrap();
    println!("acknowledged");
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn a_killed_writer_has_told_the_others() {
    let writers = std::env::var(WRITERS).map_or(20, |writers| writers.parse().unwrap());
    let server = redis();
    let reader = process(&server, "near_ttl=1h").await;
    let mut worst = Duration::ZERO;
    for writer in 0..writers {
        load(&reader, "k", writer).await;
        assert_eq!(get(&reader, "k").await, Some(writer));
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "redis::backplane::killed::in_a_process_of_its_own",
                "--exact",
            ])
            .arg("--nocapture")
            .env(STORE, server.url())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let said = BufReader::new(child.stdout.take().unwrap()).lines();
        let is_acknowledged = said
            .map_while(Result::ok)
            .any(|line| line.contains("acknowledged"));
        child.kill().unwrap();
        let killed = Instant::now();
        ends(&reader, "k", None).await;
        worst = worst.max(killed.elapsed());
        child.wait().unwrap();
        assert!(is_acknowledged);
    }
    println!("{writers} writers, the slowest word took {worst:?}");
    assert!(worst < SOON, "{worst:?}");
}
