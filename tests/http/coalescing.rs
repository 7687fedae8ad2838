//! One load for all who ask, whatever becomes of it. Time stands still: nobody's patience ends by chance.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use cache_core::cache_page;
use cache_core::testing::Clock;
use tokio::sync::Semaphore;
use tokio::task::yield_now;

use crate::support::{Answer, assert_same, get, run, site};

/// Lets a handler wait until the test says so, and counts who has come.
struct Gate {
    arrived: AtomicU64,
    open: Semaphore,
}

impl Gate {
    const fn new() -> Self {
        Self {
            arrived: AtomicU64::new(0),
            open: Semaphore::const_new(0),
        }
    }

    async fn pass(&self) {
        self.arrived.fetch_add(1, Ordering::SeqCst);
        self.open
            .acquire()
            .await
            .expect("a gate is never closed")
            .forget();
    }

    fn arrived(&self) -> u64 {
        self.arrived.load(Ordering::SeqCst)
    }

    async fn until_arrived(&self, count: u64) {
        while self.arrived() < count {
            yield_now().await;
        }
    }
}

fn spawn_many(
    app: &Router,
    target: &'static str,
    count: usize,
) -> Vec<tokio::task::JoinHandle<Answer>> {
    (0..count)
        .map(|_| {
            let app = app.clone();
            tokio::spawn(async move { get(&app, target).await })
        })
        .collect()
}

async fn all(tasks: Vec<tokio::task::JoinHandle<Answer>>) -> Vec<Answer> {
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.expect("a task"));
    }
    answers
}

/// Lets every task run until it waits.
async fn settle() {
    for _ in 0..100 {
        yield_now().await;
    }
}

#[tokio::test]
async fn a_thousand_requests_for_a_cold_page_run_its_handler_once() {
    static GATE: Gate = Gate::new();
    #[cache_page(ttl = "5m")]
    async fn page() -> String {
        GATE.pass().await;
        format!("run {}", run())
    }
    let (_clock, app) = (Clock::freeze(), site(page));
    let tasks = spawn_many(&app, "/crowded", 1_000);
    GATE.until_arrived(1).await;
    settle().await;
    GATE.open.add_permits(1);
    let answers = all(tasks).await;
    for answer in &answers {
        assert_same(&answers[0], answer);
    }
    assert_eq!(
        answers
            .iter()
            .filter(|answer| answer.cache() == "cache-core; fwd=uri-miss; stored")
            .count(),
        1
    );
    assert_eq!(
        answers
            .iter()
            .filter(|answer| answer.cache() == "cache-core; fwd=uri-miss; collapsed")
            .count(),
        999
    );
    assert_eq!((GATE.arrived(), page::stats().loads), (1, 1));
}

#[tokio::test]
async fn when_the_leaders_client_hangs_up_another_takes_over() {
    static GATE: Gate = Gate::new();
    #[cache_page(ttl = "5m")]
    async fn page() -> String {
        GATE.pass().await;
        format!("run {}", run())
    }
    let (_clock, app) = (Clock::freeze(), site(page));
    let leader = spawn_many(&app, "/leaving", 1).remove(0);
    GATE.until_arrived(1).await;
    let followers = spawn_many(&app, "/leaving", 1_000);
    settle().await;
    leader.abort();
    GATE.until_arrived(2).await;
    GATE.open.add_permits(1_000);
    let answers = all(followers).await;
    for answer in &answers {
        assert_same(&answers[0], answer);
    }
    assert_eq!(GATE.arrived(), 2);
    get(&app, "/leaving").await.assert_hit();
}

#[tokio::test]
async fn a_panic_of_the_leader_is_its_own() {
    static GATE: Gate = Gate::new();
    #[cache_page(ttl = "5m")]
    async fn page() -> String {
        GATE.pass().await;
        assert!(GATE.arrived() > 1, "the first one to come fails");
        format!("run {}", run())
    }
    let (_clock, app) = (Clock::freeze(), site(page));
    let leader = spawn_many(&app, "/panicking", 1).remove(0);
    GATE.until_arrived(1).await;
    let followers = spawn_many(&app, "/panicking", 10);
    settle().await;
    GATE.open.add_permits(1);
    assert!(leader.await.expect_err("a panic").is_panic());
    GATE.until_arrived(2).await;
    GATE.open.add_permits(10);
    let answers = all(followers).await;
    for answer in &answers {
        assert_same(&answers[0], answer);
    }
    get(&app, "/panicking").await.assert_hit();
}

#[tokio::test]
async fn errors_do_not_queue_and_are_not_kept() {
    static GATE: Gate = Gate::new();
    #[cache_page(ttl = "5m")]
    async fn page() -> Result<String, StatusCode> {
        GATE.pass().await;
        Err(StatusCode::SERVICE_UNAVAILABLE)
    }
    let (_clock, app) = (Clock::freeze(), site(page));
    let tasks = spawn_many(&app, "/erring", 20);
    GATE.until_arrived(1).await;
    settle().await;
    assert_eq!(GATE.arrived(), 1);
    GATE.open.add_permits(1);
    GATE.until_arrived(2).await;
    settle().await;
    assert_eq!(GATE.arrived(), 2, "one failure says little of the next run");
    GATE.open.add_permits(1);
    // After two, all the others run at once, none waits for another.
    GATE.until_arrived(20).await;
    GATE.open.add_permits(20);
    for answer in all(tasks).await {
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    }
    assert_eq!(page::stats().entries, 0);
    assert_eq!(page::stats().errors, 20);
}

#[tokio::test]
async fn what_is_not_kept_is_remembered_so_that_nobody_queues_for_it() {
    static GATE: Gate = Gate::new();
    #[cache_page(ttl = "5m")]
    async fn page() -> ([(&'static str, String); 1], &'static str) {
        GATE.pass().await;
        ([("set-cookie", format!("id={}", run()))], "page")
    }
    let (clock, app) = (Clock::freeze(), site(page));
    let first = spawn_many(&app, "/pass", 5);
    GATE.until_arrived(1).await;
    settle().await;
    assert_eq!(
        GATE.arrived(),
        1,
        "until something is known, one goes ahead"
    );
    GATE.open.add_permits(1);
    GATE.until_arrived(5).await;
    let second = spawn_many(&app, "/pass", 5);
    GATE.until_arrived(10).await;
    GATE.open.add_permits(9);
    let mut cookies: Vec<_> = all(first)
        .await
        .into_iter()
        .chain(all(second).await)
        .map(|answer| answer.field("set-cookie"))
        .collect();
    cookies.sort();
    cookies.dedup();
    assert_eq!(cookies.len(), 10, "nobody has another's cookie");
    clock.advance(Duration::from_secs(1));
    let third = spawn_many(&app, "/pass", 2);
    GATE.until_arrived(11).await;
    settle().await;
    assert_eq!(GATE.arrived(), 11, "after a second, one goes ahead again");
    GATE.open.add_permits(2);
    all(third).await;
}

#[tokio::test]
async fn a_page_that_asks_for_itself_does_not_wait_for_itself() {
    static APP: OnceLock<Router> = OnceLock::new();
    static DEPTH: AtomicU64 = AtomicU64::new(0);
    #[cache_page(ttl = "5m")]
    async fn page() -> String {
        if DEPTH.fetch_add(1, Ordering::SeqCst) > 0 {
            return format!("inner {}", run());
        }
        let inner = get(APP.get().expect("an app"), "/itself").await;
        format!("outer of ({}) {}", inner.body, run())
    }
    let _clock = Clock::freeze();
    let app = APP.get_or_init(|| site(page));
    let first = get(app, "/itself").await;
    assert!(first.body.starts_with("outer of (inner "), "{first:?}");
    assert_same(&first, &get(app, "/itself").await);
}

#[tokio::test]
async fn a_leader_that_never_ends_does_not_hold_the_others() {
    static GATE: Gate = Gate::new();
    #[cache_page(ttl = "5m")]
    async fn page() -> String {
        if GATE.arrived() == 0 {
            GATE.arrived.fetch_add(1, Ordering::SeqCst);
            std::future::pending::<()>().await;
        }
        format!("run {}", run())
    }
    let (clock, app) = (Clock::freeze(), site(page));
    let leader = spawn_many(&app, "/endless", 1).remove(0);
    GATE.until_arrived(1).await;
    let followers = spawn_many(&app, "/endless", 10);
    settle().await;
    clock.advance(Duration::from_secs(10));
    let answers = all(followers).await;
    for answer in &answers {
        assert_same(&answers[0], answer);
    }
    leader.abort();
}

#[tokio::test]
async fn one_slow_variant_does_not_hold_another() {
    static GATE: Gate = Gate::new();
    #[cache_page(ttl = "5m")]
    async fn page(axum::extract::RawQuery(query): axum::extract::RawQuery) -> String {
        if query.as_deref() == Some("slow") {
            GATE.pass().await;
        }
        format!("run {}", run())
    }
    let (_clock, app) = (Clock::freeze(), site(page));
    let slow = spawn_many(&app, "/v?slow", 1).remove(0);
    GATE.until_arrived(1).await;
    get(&app, "/v?fast").await.assert_stored();
    GATE.open.add_permits(1);
    slow.await.expect("a task").assert_stored();
}
