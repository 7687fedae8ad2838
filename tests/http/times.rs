//! How long a page lives.

use std::time::Duration;

use axum::extract::Query;
use axum::http::StatusCode;
use cache_core::cache_page;
use cache_core::testing::Clock;
use serde::Deserialize;

use crate::support::{assert_apart, assert_same, get, run, site};

#[derive(Deserialize)]
struct Life {
    seconds: u64,
}

#[tokio::test]
async fn a_life_may_come_from_the_arguments() {
    #[cache_page(ttl = Duration::from_secs(life.seconds))]
    async fn page(Query(life): Query<Life>) -> String {
        format!("{} run {}", life.seconds, run())
    }
    let (clock, app) = (Clock::freeze(), site(page));
    let short = get(&app, "/?seconds=10").await;
    let long = get(&app, "/?seconds=100").await;
    assert_eq!(
        (
            short.field("cache-control").as_deref(),
            long.field("cache-control").as_deref()
        ),
        (Some("max-age=10"), Some("max-age=100"))
    );
    clock.advance(Duration::from_secs(10));
    assert_apart(&short, &get(&app, "/?seconds=10").await);
    assert_same(&long, &get(&app, "/?seconds=100").await);
    get(&app, "/?seconds=0").await.assert_refused("stale");
    let endless = get(&app, "/?seconds=18446744073709551615").await;
    endless.assert_stored();
    clock.advance(Duration::from_secs(86_400 * 365));
    assert_same(&endless, &get(&app, "/?seconds=18446744073709551615").await);
}

#[tokio::test]
async fn a_life_may_come_from_the_answer() {
    #[cache_page(ttl = |page: &String| Duration::from_secs(page.len() as u64))]
    async fn page() -> String {
        "ten bytes!".into()
    }
    let app = site(page);
    assert_eq!(
        get(&app, "/").await.field("cache-control").as_deref(),
        Some("max-age=10")
    );
}

#[tokio::test]
async fn absence_is_not_kept_for_long() {
    #[cache_page(ttl = "1h")]
    async fn page() -> (StatusCode, String) {
        (StatusCode::NOT_FOUND, format!("run {}", run()))
    }
    let (clock, app) = (Clock::freeze(), site(page));
    let first = get(&app, "/missing").await;
    assert_eq!(first.field("cache-control").as_deref(), Some("max-age=30"));
    clock.advance(Duration::from_secs(29));
    assert_same(&first, &get(&app, "/missing").await);
    clock.advance(Duration::from_secs(1));
    assert_apart(&first, &get(&app, "/missing").await);
}

#[tokio::test]
async fn a_page_without_a_life_has_one() {
    #[cache_page]
    async fn page() -> String {
        format!("run {}", run())
    }
    let app = site(page);
    assert_eq!(
        get(&app, "/").await.field("cache-control").as_deref(),
        Some("max-age=300")
    );
}
