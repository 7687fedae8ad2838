//! What a client can make the cache hold.

use std::time::Duration;

use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use cache_core::cache_page;
use cache_core::testing::Clock;

use crate::support::{get, get_with, run, site};

#[tokio::test]
async fn keys_without_end_stay_within_the_capacity() {
    #[cache_page(ttl = "5m", capacity = 100)]
    async fn page() -> String {
        format!("run {}", run())
    }
    let app = site(page);
    for number in 0..10_000 {
        get(&app, &format!("/?x={number}")).await.assert_stored();
    }
    assert!(page::stats().entries <= 100, "{:?}", page::stats());
}

#[tokio::test]
async fn large_pages_stay_within_the_memory_of_a_page() {
    #[cache_page(ttl = "5m")]
    async fn page() -> Vec<u8> {
        vec![b'x'; 1 << 20]
    }
    let app = site(page);
    for number in 0..100 {
        get(&app, &format!("/?x={number}")).await;
    }
    assert!(
        (32..=64).contains(&page::stats().entries),
        "64 MiB of pages of 1 MiB: {:?}",
        page::stats()
    );
}

#[tokio::test]
async fn hosts_and_refusals_without_end_leave_no_trace() {
    #[cache_page(ttl = "5m", capacity = 100)]
    async fn page() -> ([(&'static str, &'static str); 1], String) {
        ([("set-cookie", "id=1")], format!("run {}", run()))
    }
    let (clock, app) = (Clock::freeze(), site(page));
    for number in 0..5_000 {
        get_with(&app, "/", &[("host", &format!("h{number}.example"))])
            .await
            .assert_refused("set-cookie");
    }
    assert_eq!(page::stats().entries, 0);
    clock.advance(Duration::from_secs(1));
}

#[tokio::test]
async fn a_request_with_a_huge_key_goes_past_the_cache() {
    #[cache_core::vary_on(headers = ["Accept"], cookies)]
    #[cache_page(ttl = "5m")]
    async fn page() -> String {
        format!("run {}", run())
    }
    let app = site(page);
    let (long, line) = ("a".repeat(9_000), "b".repeat(100));
    get(&app, &format!("/{long}"))
        .await
        .assert_bypassed("key-too-long");
    get(&app, &format!("/?{long}"))
        .await
        .assert_bypassed("key-too-long");
    get_with(&app, "/", &[("cookie", &long)])
        .await
        .assert_bypassed("key-too-long");
    get_with(&app, "/", &[("host", &long)])
        .await
        .assert_bypassed("key-too-long");
    let flood: Vec<_> = (0..100).map(|_| ("accept", line.as_str())).collect();
    get_with(&app, "/", &flood)
        .await
        .assert_bypassed("key-too-long");
    assert_eq!(page::stats().entries, 0);
    let unread: Vec<_> = (0..1_000).map(|_| ("x-unread", line.as_str())).collect();
    assert!(
        get_with(&app, "/", &unread)
            .await
            .cache()
            .contains("; stored")
    );
}

/// What an upstream sends may be passed on.
#[tokio::test]
async fn an_answer_may_have_more_values_than_there_can_be_names() {
    #[cache_page(ttl = "5m")]
    async fn page() -> (HeaderMap, &'static str) {
        let mut headers = HeaderMap::new();
        for _ in 0..30_000 {
            headers.append("link", HeaderValue::from_static("</style.css>"));
        }
        (headers, "page")
    }
    let app = site(page);
    assert_eq!(get(&app, "/").await.assert_stored().body, "page");
    assert_eq!(get(&app, "/").await.assert_hit().body, "page");
}

#[tokio::test]
async fn answers_with_as_many_fields_as_there_may_be_are_answered() {
    fn full(refusal: Option<&'static str>) -> HeaderMap {
        let mut fields = HeaderMap::new();
        fields.extend(refusal.map(|value| (CACHE_CONTROL, HeaderValue::from_static(value))));
        let names = (0..).map(|number| format!("x-{number}").parse::<HeaderName>());
        for name in names.flatten() {
            let value = HeaderValue::from_static("1");
            if fields.try_append(name, value).is_err() {
                break;
            }
        }
        // Room for what axum adds.
        fields.remove("x-0");
        fields.remove("x-1");
        fields
    }
    #[cache_page(ttl = "5m")]
    async fn kept() -> (HeaderMap, String) {
        (full(None), format!("run {}", run()))
    }
    #[cache_page(ttl = "5m")]
    async fn refused() -> (HeaderMap, String) {
        (full(Some("no-store")), format!("run {}", run()))
    }
    let (kept, refused) = (site(kept), site(refused));
    let first = get(&kept, "/").await;
    assert_eq!(get(&kept, "/").await.assert_hit().body, first.body);
    let first = get(&refused, "/").await;
    first.assert_refused("no-store");
    assert_ne!(get(&refused, "/").await.body, first.body);
    for (name, value) in [("authorization", "Basic x"), ("content-length", "5")] {
        let passed = get_with(&kept, "/", &[(name, value)]).await;
        assert_eq!(passed.headers["cache-control"], "private, no-store");
    }
}
