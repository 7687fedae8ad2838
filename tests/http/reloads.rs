//! Pages that are rendered anew and come out the same: their validators stay, and adaptive refresh learns from it.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use cache_core::testing::Clock;
use cache_core::{cache_page, drain};

use crate::support::{get, get_with, run, site};

const SOON: Duration = Duration::from_secs(20);
const SECOND: Duration = Duration::from_secs(1);

/// `Last-Modified` of a handler that takes every render for a change.
fn now() -> String {
    let run = run();
    format!(
        "Sun, 06 Nov 1994 08:{:02}:{:02} GMT",
        run / 60 % 60,
        run % 60
    )
}

#[tokio::test]
async fn an_equal_page_keeps_its_validators_and_another_one_has_its_own() {
    static VERSION: AtomicU64 = AtomicU64::new(1);
    #[cache_page(ttl = "10m")]
    async fn page() -> impl IntoResponse {
        let version = VERSION.load(SeqCst);
        (
            [(header::LAST_MODIFIED, now())],
            format!("version {version}"),
        )
    }

    let (clock, app) = (Clock::freeze(), site(page));
    let first = get(&app, "/").await;
    let validators = |answer: &crate::support::Answer| {
        let field = |name| answer.field(name).expect("a validator");
        (field("etag"), field("last-modified"))
    };
    let (tag, date) = validators(&first);
    for _ in 0..3 {
        clock.advance(601 * SECOND);
        let known = [("if-modified-since", &*date)];
        let again = get_with(&app, "/", &known).await;
        assert_eq!(again.status, StatusCode::NOT_MODIFIED, "{again:?}");
        assert_eq!(validators(&again), (tag.clone(), date.clone()));
        let known = [("if-none-match", &*tag)];
        assert_eq!(
            get_with(&app, "/", &known).await.status,
            StatusCode::NOT_MODIFIED
        );
    }
    assert_eq!(page::stats().loads, 4);
    VERSION.store(2, SeqCst);
    clock.advance(601 * SECOND);
    let other = validators(&get(&app, "/").await);
    assert_ne!((&other.0, &other.1), (&tag, &date));
    VERSION.store(1, SeqCst);
    clock.advance(601 * SECOND);
    let back = validators(&get(&app, "/").await);
    assert_eq!(back.0, tag);
    assert!(
        ![&date, &other.1].contains(&&back.1),
        "it was another page in between"
    );
}

#[tokio::test]
async fn a_page_that_changes_is_rendered_earlier_each_time_and_one_that_does_not_is_not() {
    #[cache_page(ttl = "100s", refresh = adaptive)]
    async fn page(uri: axum::http::Uri) -> String {
        if uri.path() == "/same" {
            return "same".to_owned();
        }
        format!("run {}", run())
    }

    let (clock, app) = (Clock::freeze(), axum::Router::new().fallback(page));
    for filler in 0..200 {
        get(&app, &format!("/{filler}")).await;
    }
    get(&app, "/same").await;
    clock.advance(100 * SECOND);
    let mut last = (get(&app, "/0").await.body, 0);
    get(&app, "/same").await;
    let mut lived = Vec::new();
    for second in 1..=250 {
        clock.advance(SECOND);
        get(&app, "/same").await;
        get(&app, "/0").await.assert_hit();
        assert!(drain(SOON).await);
        let body = get(&app, "/0").await.body;
        if body != last.0 {
            lived.push(second - last.1);
            last = (body, second);
        }
    }
    assert!(
        matches!(lived[..], [90..=91, 81..=82, 72..=74]),
        "{lived:?}"
    );
    let stats = page::stats();
    assert_eq!(
        (stats.unchanged, stats.early_refreshes),
        (3, 3),
        "{stats:?}"
    );
}
