//! Handlers for which their clients do not wait.

use std::time::Duration;

use axum::http::StatusCode;
use axum::response::IntoResponse;
use cache_core::testing::Clock;
use cache_core::{cache_page, drain};
use tokio::sync::Mutex;

use crate::support::{Source, assert_apart, assert_ends, assert_same, assert_status, get, site};

const SOON: Duration = Duration::from_secs(20);
const MINUTE: Duration = Duration::from_secs(60);

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
