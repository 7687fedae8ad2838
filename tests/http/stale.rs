//! Stale pages: served while they are rendered anew, and when the handler fails or takes too long.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use cache_core::testing::Clock;
use cache_core::{cache_page, cached, drain};
use tokio::sync::Mutex;

use crate::support::{Answer, assert_apart, assert_same, get, get_with, request, run, send, site};

const SOON: Duration = Duration::from_secs(20);
const MINUTE: Duration = Duration::from_secs(60);

/// A source that can be broken.
struct Source {
    status: AtomicU64,
    runs: AtomicU64,
}

impl Source {
    const fn new() -> Self {
        Self {
            status: AtomicU64::new(200),
            runs: AtomicU64::new(0),
        }
    }

    /// From now on the page answers with this status.
    fn answers(&self, status: u16) {
        self.status.store(status.into(), SeqCst);
    }

    fn runs(&self) -> u64 {
        self.runs.load(SeqCst)
    }

    fn page(&self) -> (StatusCode, String) {
        let runs = self.runs.fetch_add(1, SeqCst) + 1;
        let status = u16::try_from(self.status.load(SeqCst)).unwrap();
        assert_ne!(status, 599, "the handler was told to panic");
        (StatusCode::from_u16(status).unwrap(), format!("run {runs}"))
    }
}

#[track_caller]
fn assert_status(answer: &Answer, body: &str, cache: &str) {
    assert_eq!(
        (answer.body.as_str(), answer.cache().as_str()),
        (body, format!("cache-core; {cache}").as_str())
    );
}

#[track_caller]
fn assert_ends(answer: &Answer) {
    assert_eq!(
        answer.field("cache-control").as_deref(),
        Some("max-age=0, must-revalidate")
    );
    assert_eq!(answer.field("expires"), None);
}

#[tokio::test]
async fn a_stale_page_is_sent_at_once_and_rendered_anew_behind_it() {
    static SOURCE: Source = Source::new();
    #[cache_page(ttl = "10m", stale_while_revalidate = "5m")]
    async fn page() -> impl IntoResponse {
        ([(header::CACHE_CONTROL, "max-age=3600")], SOURCE.page())
    }

    let (clock, app) = (Clock::freeze(), site(page));
    get(&app, "/").await.assert_stored();
    clock.advance(12 * MINUTE);
    for _ in 0..2 {
        let stale = get(&app, "/").await;
        assert_status(&stale, "run 1", "hit; ttl=-120; detail=stale");
        assert_eq!(stale.field("age").as_deref(), Some("720"));
        assert_ends(&stale);
    }
    assert!(drain(SOON).await);
    assert_status(&get(&app, "/").await, "run 2", "hit; ttl=600");
    let stats = page::stats();
    assert_eq!(
        (stats.hits, stats.misses, stats.loads, stats.stale_hits),
        (3, 1, 2, 2),
        "a refresh counts nowhere as a request"
    );
    clock.advance(16 * MINUTE);
    assert_status(&get(&app, "/").await, "run 3", "fwd=uri-miss; stored");
}

#[tokio::test]
async fn a_page_past_its_part_of_a_life_is_a_hit_and_rendered_anew_behind_it() {
    static SOURCE: Source = Source::new();
    #[cache_page(ttl = "10m", refresh_ahead = 0.5)]
    async fn page() -> impl IntoResponse {
        SOURCE.page()
    }

    let (clock, app) = (Clock::freeze(), site(page));
    get(&app, "/").await.assert_stored();
    clock.advance(4 * MINUTE);
    assert_status(&get(&app, "/").await, "run 1", "hit; ttl=360");
    clock.advance(2 * MINUTE);
    let due = get(&app, "/").await;
    assert_status(&due, "run 1", "hit; ttl=240");
    assert_eq!(due.field("cache-control").as_deref(), Some("max-age=600"));
    assert!(drain(SOON).await);
    assert_status(&get(&app, "/").await, "run 2", "hit; ttl=600");
}

#[tokio::test]
async fn a_refresh_sees_the_page_of_its_client_and_nothing_else_of_it() {
    #[cache_page(ttl = "10m", stale_while_revalidate = "5m")]
    #[cache_core::vary_on(headers = ["Accept-Language"])]
    async fn page(uri: axum::http::Uri, headers: HeaderMap) -> String {
        let names: Vec<_> = headers
            .iter()
            .map(|(name, value)| format!("{name}={value:?}"))
            .collect();
        format!("{uri} {} run {}", names.join(","), run())
    }

    let (clock, app) = (Clock::freeze(), site(page));
    let fields = [("accept-language", "de"), ("x-visitor", "7")];
    let first = get_with(&app, "/a?b=1", &fields).await;
    clock.advance(12 * MINUTE);
    assert_same(&first, &get_with(&app, "/a?b=1", &fields).await);
    assert!(drain(SOON).await);
    let second = get_with(&app, "/a?b=1", &fields).await;
    assert_apart(&first, &second);
    let seen = |answer: &Answer| answer.body.split(" run ").next().map(str::to_owned);
    assert_eq!(seen(&first), seen(&second));
    assert!(!second.body.contains("x-visitor"));
}

#[tokio::test]
async fn a_failed_load_sends_the_last_good_page_and_pauses() {
    static SOURCE: Source = Source::new();
    #[cache_page(ttl = "10m", stale_if_error = "6h")]
    async fn page() -> Response {
        SOURCE.page().into_response()
    }

    let (clock, app) = (Clock::freeze(), site(page));
    get(&app, "/").await.assert_stored();
    SOURCE.answers(500);
    clock.advance(11 * MINUTE);
    let stale = get(&app, "/").await;
    assert_status(&stale, "run 1", "fwd=stale; ttl=-60; detail=stale");
    assert_eq!(stale.status, StatusCode::OK);
    assert_ends(&stale);
    let paused = get(&app, "/").await;
    assert_status(&paused, "run 1", "hit; ttl=-60; detail=stale");
    assert_eq!(SOURCE.runs(), 2, "it pauses after a failure");
    clock.advance(MINUTE);
    get(&app, "/").await;
    assert_eq!(SOURCE.runs(), 3, "and tries again");
    assert_eq!(page::stats().stale_hits, 3);
    let other = get(&app, "/other").await;
    assert_eq!(other.status, StatusCode::INTERNAL_SERVER_ERROR);
    clock.advance(6 * 60 * MINUTE);
    assert_eq!(
        get(&app, "/").await.status,
        StatusCode::INTERNAL_SERVER_ERROR
    );
    SOURCE.answers(200);
    clock.advance(MINUTE);
    get(&app, "/").await.assert_stored();
}

#[tokio::test]
async fn an_error_of_the_handler_fails_by_its_status() {
    static BROKEN: AtomicBool = AtomicBool::new(false);
    static STATUS: AtomicU64 = AtomicU64::new(503);
    #[cache_page(ttl = "10m", stale_if_error = "6h")]
    async fn page() -> Result<String, StatusCode> {
        if BROKEN.load(SeqCst) {
            let status = u16::try_from(STATUS.load(SeqCst)).unwrap();
            return Err(StatusCode::from_u16(status).unwrap());
        }
        Ok(format!("run {}", run()))
    }

    let (clock, app) = (Clock::freeze(), site(page));
    let first = get(&app, "/").await;
    BROKEN.store(true, SeqCst);
    clock.advance(11 * MINUTE);
    assert_same(&first, &get(&app, "/").await);
    STATUS.store(404, SeqCst);
    clock.advance(11 * MINUTE);
    let gone = get(&app, "/").await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND, "that is an answer");
    STATUS.store(503, SeqCst);
    let failed = get(&app, "/").await;
    assert_eq!(
        failed.status,
        StatusCode::SERVICE_UNAVAILABLE,
        "the stale page has ended"
    );
}

#[tokio::test]
async fn an_answer_that_is_not_kept_ends_the_stale_page() {
    static SECRET: AtomicBool = AtomicBool::new(false);
    #[cache_page(ttl = "10m", stale_while_revalidate = "1h")]
    async fn page() -> Response {
        let body = format!("run {}", run());
        if SECRET.load(SeqCst) {
            return ([(header::SET_COOKIE, "a=b")], body).into_response();
        }
        body.into_response()
    }

    let (clock, app) = (Clock::freeze(), site(page));
    let first = get(&app, "/").await;
    SECRET.store(true, SeqCst);
    clock.advance(11 * MINUTE);
    assert_same(&first, &get(&app, "/").await);
    assert!(drain(SOON).await);
    assert_apart(&first, &get(&app, "/").await);
}

#[tokio::test]
async fn a_refresh_that_panics_leaves_the_page_and_pauses() {
    static SOURCE: Source = Source::new();
    #[cache_page(ttl = "10m", stale_while_revalidate = "1h")]
    async fn page() -> Response {
        SOURCE.page().into_response()
    }

    let (clock, app) = (Clock::freeze(), site(page));
    get(&app, "/").await.assert_stored();
    SOURCE.answers(599);
    clock.advance(11 * MINUTE);
    for _ in 0..3 {
        assert_status(&get(&app, "/").await, "run 1", "hit; ttl=-60; detail=stale");
        assert!(drain(SOON).await);
    }
    assert_eq!(SOURCE.runs(), 2);
}

#[tokio::test]
async fn what_was_invalidated_is_never_sent() {
    static SOURCE: Source = Source::new();
    #[cache_page(
        ttl = "10m",
        stale_while_revalidate = "1h",
        stale_if_error = "6h",
        tags("stale:{id}")
    )]
    async fn page(axum::extract::Path(id): axum::extract::Path<u64>) -> Response {
        let _ = id;
        SOURCE.page().into_response()
    }

    let clock = Clock::freeze();
    let app = Router::new().route("/{id}", axum::routing::get(page));
    get(&app, "/1").await.assert_stored();
    SOURCE.answers(500);
    clock.advance(11 * MINUTE);
    assert_eq!(get(&app, "/1").await.body, "run 1");
    assert!(drain(SOON).await);
    cache_core::invalidate_tag("stale:1").await.unwrap();
    assert_eq!(
        get(&app, "/1").await.status,
        StatusCode::INTERNAL_SERVER_ERROR
    );
}

#[tokio::test]
async fn conditions_and_head_are_as_on_hits() {
    #[cache_page(ttl = "10m", stale_while_revalidate = "5m")]
    async fn page() -> String {
        "the same".to_owned()
    }

    let (clock, app) = (Clock::freeze(), site(page));
    let tag = get(&app, "/").await.field("etag").unwrap();
    clock.advance(12 * MINUTE);
    let known = get_with(&app, "/", &[("if-none-match", &tag)]).await;
    assert_eq!(known.status, StatusCode::NOT_MODIFIED);
    assert_status(&known, "", "hit; ttl=-120; detail=stale");
    assert_ends(&known);
    let head = send(&app, request("HEAD", "/", &[])).await;
    assert_status(&head, "", "hit; ttl=-120; detail=stale");
    assert_eq!(head.field("content-length").as_deref(), Some("8"));
    assert!(drain(SOON).await);
}

#[tokio::test]
async fn what_is_made_of_a_stale_value_is_kept_by_nobody() {
    static BROKEN: AtomicBool = AtomicBool::new(true);
    #[cached(ttl = "10m", fallback = 7)]
    async fn rate() -> Result<u64, String> {
        if BROKEN.load(SeqCst) {
            return Err("the source is broken".to_owned());
        }
        Ok(8)
    }
    #[cache_page(ttl = "10m")]
    async fn page() -> String {
        rate().await.unwrap().to_string()
    }

    let app = site(page);
    for _ in 0..2 {
        let answer = get(&app, "/").await;
        assert_status(&answer, "7", "fwd=uri-miss; detail=made-of-stale");
        assert_eq!(answer.field("cache-control").as_deref(), Some("no-store"));
        assert_eq!(answer.field("expires"), None);
    }
    BROKEN.store(false, SeqCst);
    let answer = get(&app, "/").await;
    assert_eq!(answer.body, "8");
    answer.assert_stored();
}

#[tokio::test]
async fn lives_are_shorter_by_their_jitter() {
    #[cache_page(ttl = "1000s", jitter = 0.5)]
    async fn page() -> String {
        String::new()
    }

    let (_clock, app) = (Clock::freeze(), site(page));
    let mut lives = Vec::new();
    for at in 0..20 {
        let path = format!("/{at}");
        get(&app, &path).await.assert_stored();
        let hit = get(&app, &path).await.cache();
        let life: u64 = hit.rsplit('=').next().unwrap().parse().unwrap();
        assert!((500..=1000).contains(&life), "{life}");
        lives.push(life);
    }
    lives.dedup();
    assert!(lives.len() > 1, "{lives:?}");
}

/// What a client gets who waits by the clock of the machine.
#[tokio::test]
async fn a_slow_page_is_replaced_by_a_stale_one_and_kept_when_it_comes() {
    static SOURCE: Source = Source::new();
    static GATE: Mutex<()> = Mutex::const_new(());
    #[cache_page(
        ttl = "10m",
        stale_if_error = "1h",
        soft_timeout = "20ms",
        hard_timeout = "60ms"
    )]
    async fn page() -> impl IntoResponse {
        drop(GATE.lock().await);
        SOURCE.page()
    }

    let app = site(page);
    let shut = GATE.lock().await;
    let gave_up = get(&app, "/").await;
    assert_eq!(gave_up.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_status(&gave_up, "", "fwd=uri-miss; detail=timeout");
    assert_eq!(gave_up.field("cache-control").as_deref(), Some("no-store"));
    assert_eq!(gave_up.field("retry-after").as_deref(), Some("1"));
    drop(shut);
    assert!(drain(SOON).await);
    let kept = get(&app, "/").await;
    assert_eq!(kept.body, "run 1", "what came too late is kept");
    kept.assert_hit();
}

/// The clock of the test moves while clients wait.
#[tokio::test]
async fn a_client_gets_a_stale_page_at_its_soft_timeout_or_at_its_hard_one() {
    static SOURCE: Source = Source::new();
    static GATE: Mutex<()> = Mutex::const_new(());
    #[cache_page(ttl = "10m", stale_if_error = "1h", soft_timeout = "1s")]
    async fn soft() -> impl IntoResponse {
        drop(GATE.lock().await);
        SOURCE.page()
    }
    #[cache_page(ttl = "10m", stale_if_error = "1h", hard_timeout = "2s")]
    async fn hard() -> impl IntoResponse {
        drop(GATE.lock().await);
        SOURCE.page()
    }

    for app in [site(soft), site(hard)] {
        let clock = Clock::freeze();
        let first = get(&app, "/").await;
        clock.advance(11 * MINUTE);
        let shut = GATE.lock().await;
        let asked = async || {
            let answer = get(&app, "/").await;
            assert_same(&first, &answer);
            answer
        };
        let turn = async {
            tokio::task::yield_now().await;
            clock.advance(2 * Duration::from_secs(1));
        };
        let (leader, waiter, ()) = tokio::join!(asked(), asked(), turn);
        assert!(leader.cache().contains("fwd=stale; ttl=-62; detail=stale"));
        assert!(waiter.cache().ends_with("detail=stale"));
        assert_ends(&leader);
        drop(shut);
        assert!(drain(SOON).await);
        let second = get(&app, "/").await;
        assert_apart(&first, &second);
        second.assert_hit();
    }
}

#[tokio::test]
async fn a_page_with_a_timeout_panics_at_its_client() {
    static SOURCE: Source = Source::new();
    #[cache_page(ttl = "10m", hard_timeout = "1h")]
    async fn page() -> impl IntoResponse {
        SOURCE.page()
    }

    let app = site(page);
    SOURCE.answers(599);
    let asked = tokio::spawn({
        let app = app.clone();
        async move { get(&app, "/").await }
    });
    let panic = asked.await.unwrap_err().into_panic();
    let text = panic.downcast_ref::<String>().unwrap();
    assert!(text.contains("told to panic"), "{text}");
    SOURCE.answers(200);
    get(&app, "/").await.assert_stored();
}
