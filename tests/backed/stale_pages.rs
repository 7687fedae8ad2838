//! Stale pages whose cache has a store: what the store has confirmed in the request itself is sent, and nothing else. Each test
//! runs with copies in this process, and without.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use cache_core::testing::Clock;
use cache_core::{Cache, drain};

use crate::http::{Answer, get, site};
use crate::support::{Runs, STALE, STALE_DIRECT, Switch, installed};

const SOON: Duration = Duration::from_secs(20);
const MINUTE: Duration = Duration::from_secs(60);

/// A page over a source that can be broken.
struct Page {
    app: Router,
    runs: &'static Runs,
    status: &'static AtomicU64,
    store: &'static Arc<Switch>,
    cache: &'static str,
}

impl Page {
    #[track_caller]
    fn assert(&self, answer: &Answer, run: usize, cache: &str) {
        let expected = (format!("run {run}"), format!("cache-core; {cache}"));
        assert_eq!(
            (answer.body.clone(), answer.cache()),
            expected,
            "{}",
            self.cache
        );
    }

    /// What a page says that is rendered because the one before has ended: where copies are kept, that is known.
    fn loads_after_its_end(&self) -> &'static str {
        if self.cache.contains("direct") {
            "fwd=uri-miss; stored"
        } else {
            "fwd=stale; stored; detail=expired"
        }
    }

    async fn get(&self) -> Answer {
        get(&self.app, "/").await
    }

    fn answers(&self, status: u16) {
        self.status.store(status.into(), SeqCst);
    }

    /// The cache as another process has it.
    fn elsewhere(&self) -> Cache {
        Cache::builder().near(0).store(self.store.clone()).build()
    }
}

/// The same page twice: in a cache with copies here, and in one without.
macro_rules! pages {
    (@ $store:ident, $cache:literal, $($argument:tt)*) => {{
        static RUNS: Runs = Runs::new();
        static STATUS: AtomicU64 = AtomicU64::new(200);

        #[cache_core::cache_page(cache = $cache, handle = false, $($argument)*)]
        async fn page() -> impl IntoResponse {
            let status = u16::try_from(STATUS.load(SeqCst)).unwrap();
            (StatusCode::from_u16(status).unwrap(), format!("run {}", RUNS.run()))
        }

        Page {
            app: site(page),
            runs: &RUNS,
            status: &STATUS,
            store: &$store,
            cache: $cache,
        }
    }};
    ($($argument:tt)*) => {{
        installed();
        [
            pages!(@ STALE, "stale", $($argument)*),
            pages!(@ STALE_DIRECT, "stale direct", $($argument)*),
        ]
    }};
}

#[tokio::test]
async fn what_the_store_has_is_sent_while_it_is_rendered_anew() {
    for page in pages!(ttl = "10m", stale_while_revalidate = "5m") {
        let clock = Clock::freeze();
        page.get().await.assert_stored();
        clock.advance(12 * MINUTE);
        page.assert(&page.get().await, 1, "hit; ttl=-120; detail=stale");
        assert!(drain(SOON).await);
        page.assert(&page.get().await, 2, "hit; ttl=600");
        clock.advance(16 * MINUTE);
        page.assert(&page.get().await, 3, page.loads_after_its_end());
        assert_eq!(page.runs.count(), 3);
    }
}

#[tokio::test]
async fn all_who_ask_at_once_are_served_and_one_handler_runs() {
    for page in pages!(ttl = "10m", refresh_ahead = 0.5) {
        let clock = Clock::freeze();
        page.get().await.assert_stored();
        clock.advance(6 * MINUTE);
        let clients: tokio::task::JoinSet<_> = (0..50)
            .map(|_| {
                let app = page.app.clone();
                async move { get(&app, "/").await }
            })
            .collect();
        for answer in clients.join_all().await {
            page.assert(&answer, 1, "hit; ttl=240");
        }
        assert!(drain(SOON).await);
        assert_eq!(page.runs.count(), 2, "{}", page.cache);
        page.assert(&page.get().await, 2, "hit; ttl=600");
    }
}

#[tokio::test]
async fn a_failed_handler_leaves_what_the_store_has() {
    for page in pages!(ttl = "10m", stale_if_error = "6h") {
        let clock = Clock::freeze();
        page.get().await.assert_stored();
        page.answers(500);
        clock.advance(11 * MINUTE);
        page.assert(&page.get().await, 1, "fwd=stale; ttl=-60; detail=stale");
        page.answers(200);
        clock.advance(MINUTE);
        page.assert(&page.get().await, 3, "fwd=stale; stored; detail=expired");
    }
}

#[tokio::test]
async fn what_another_process_has_invalidated_is_sent_to_nobody() {
    for (at, page) in pages!(
        ttl = "10m",
        stale_while_revalidate = "1h",
        stale_if_error = "6h",
        tags("pages of all")
    )
    .into_iter()
    .enumerate()
    {
        let clock = Clock::freeze();
        page.get().await.assert_stored();
        page.answers(500);
        clock.advance(11 * MINUTE);
        page.elsewhere()
            .invalidate_tag("pages of all")
            .await
            .unwrap();
        let answer = page.get().await;
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{at}");
    }
}

#[tokio::test]
async fn an_answer_that_is_not_kept_ends_what_the_store_has() {
    for page in pages!(ttl = "10m", stale_while_revalidate = "1h") {
        let clock = Clock::freeze();
        page.get().await.assert_stored();
        page.answers(202);
        clock.advance(11 * MINUTE);
        page.assert(&page.get().await, 1, "hit; ttl=-60; detail=stale");
        assert!(drain(SOON).await);
        clock.advance(MINUTE);
        assert_eq!(
            page.get().await.status,
            StatusCode::ACCEPTED,
            "{}",
            page.cache
        );
    }
}
