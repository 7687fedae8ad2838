//! Stale pages that are sent while they are rendered anew, and what is made of something stale.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use cache_core::testing::Clock;
use cache_core::{cache_page, cached, drain};

use crate::support::{
    Answer, Source, assert_apart, assert_ends, assert_same, assert_status, get, get_with, request,
    run, send, site,
};

const SOON: Duration = Duration::from_secs(20);
const MINUTE: Duration = Duration::from_secs(60);

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
    assert_status(
        &get(&app, "/").await,
        "run 3",
        "fwd=stale; stored; detail=expired",
    );
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
