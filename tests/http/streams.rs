//! Bodies that come by and by: the first client has each part when it comes, and the page is kept when all have come.

use axum::body::{Body, to_bytes};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use cache_core::{cache_control, cache_page, cached, drain, vary_on};
use cache_tests::{BOUND, within};

use crate::fed::{Fed, begin, field, next, part};
use crate::support::{get, get_with, request, run, send, site};

#[tokio::test]
async fn the_first_client_has_each_part_when_it_comes_and_the_next_one_the_whole() {
    static BODIES: Fed = Fed::new();
    #[cache_page(ttl = "5m", browser = "1m")]
    async fn page() -> impl IntoResponse {
        (
            [("x-run", run().to_string()), ("x-request-id", "7".into())],
            BODIES.body(),
        )
    }
    let app = site(page);
    let feeder = BODIES.feed();
    let mut first = begin(&app, "/").await;
    for text in ["one", "two", "three"] {
        feeder.send(part(text)).unwrap();
        assert_eq!(next(&mut first).await.unwrap().unwrap(), text);
    }
    drop(feeder);
    assert!(next(&mut first).await.is_none());
    assert!(field(&first, "cache-status").ends_with("; stored"));
    assert_eq!(
        (field(&first, "etag"), field(&first, "content-length")),
        Default::default(),
        "nothing was known of it"
    );
    assert_eq!(field(&first, "x-request-id"), "7");
    let second = get(&app, "/").await;
    assert_eq!(second.assert_hit().body, "onetwothree");
    assert_eq!(second.field("content-length").as_deref(), Some("11"));
    assert_eq!(second.field("x-run"), Some(field(&first, "x-run")));
    assert_eq!(second.field("x-request-id"), None);
    assert_eq!(second.field("cache-control").as_deref(), Some("max-age=60"));
}

/// What a body depends on is known at its end, and what browsers and CDNs have by then cannot be taken back.
#[tokio::test]
async fn nobody_downstream_keeps_what_is_not_whole() {
    static BODIES: Fed = Fed::new();
    #[cache_page(ttl = "5m", browser = "1m", tags("streams:downstream"))]
    #[cache_control(cdn = "1h")]
    async fn page() -> Response {
        BODIES.body().into_response()
    }
    let app = site(page);
    let feeder = BODIES.feed();
    let first = begin(&app, "/").await;
    assert_eq!(field(&first, "cache-control"), "max-age=0, must-revalidate");
    assert_eq!(field(&first, "cdn-cache-control"), "");
    drop(feeder);
}

/// What holds for every page holds for the first answer of one that streams.
#[tokio::test]
async fn the_first_client_has_no_field_that_no_client_may_have() {
    static BODIES: Fed = Fed::new();
    #[cache_page(ttl = "5m")]
    #[vary_on(headers = ["Accept-Language"])]
    async fn page() -> impl IntoResponse {
        ([("connection", "x-hop"), ("x-hop", "1")], BODIES.body())
    }
    let app = site(page);
    let feeder = BODIES.feed();
    let first = begin(&app, "/").await;
    drop(feeder);
    let fields = ["vary", "connection", "x-hop"].map(|name| field(&first, name));
    assert_eq!(fields, ["Accept-Language", "", ""]);
}

#[tokio::test]
async fn what_is_made_of_a_fallback_streams_as_what_nobody_may_keep() {
    static BODIES: Fed = Fed::new();
    #[cached(ttl = "5m", fallback = 0)]
    async fn failing() -> Result<u64, String> {
        Err("no".into())
    }
    #[cache_page(ttl = "5m")]
    async fn page() -> Response {
        failing().await.expect("a fallback");
        BODIES.body().into_response()
    }
    let app = site(page);
    let feeder = BODIES.feed();
    let first = begin(&app, "/").await;
    assert_eq!(field(&first, "cache-control"), "no-store");
    drop(feeder);
    assert!(drain(BOUND).await);
    assert_eq!(page::stats().entries, 0);
}

/// A layer that compresses does not know how long its body will be.
#[tokio::test]
async fn a_body_that_is_there_is_kept_like_any_other() {
    #[cache_page(ttl = "5m")]
    async fn page() -> Response {
        let parts = futures_util::stream::iter([part("pa"), part("ge")]);
        Body::from_stream(parts).into_response()
    }
    let app = site(page);
    let (first, second) = (get(&app, "/").await, get(&app, "/").await);
    first.assert_stored();
    second.assert_hit();
    assert_eq!(
        (first.body.as_str(), second.body.as_str()),
        ("page", "page")
    );
    assert_eq!(first.field("etag"), second.field("etag"));
    assert!(first.field("etag").is_some());
}

#[tokio::test]
async fn what_breaks_off_or_is_too_long_is_passed_on_and_not_kept() {
    static BODIES: Fed = Fed::new();
    #[cache_page(ttl = "5m")]
    async fn page() -> Response {
        BODIES.body().into_response()
    }
    let app = site(page);
    let feeder = BODIES.feed();
    let mut broken = begin(&app, "/").await;
    feeder.send(part("one")).unwrap();
    feeder.send(Err("upstream closed")).unwrap();
    assert_eq!(next(&mut broken).await.unwrap().unwrap(), "one");
    assert!(next(&mut broken).await.unwrap().is_err());

    let feeder = BODIES.feed();
    let long = begin(&app, "/long").await;
    for _ in 0..3 {
        feeder.send(Ok(Bytes::from(vec![b'x'; 1 << 19]))).unwrap();
    }
    drop(feeder);
    let read = within(to_bytes(long.into_body(), usize::MAX))
        .await
        .unwrap();
    assert_eq!(read.len(), 3 << 19);
    assert!(drain(BOUND).await);
    assert_eq!(page::stats().entries, 0);
}

#[tokio::test]
async fn events_are_not_kept_and_nobody_waits_for_their_end() {
    static BODIES: Fed = Fed::new();
    #[cache_page(ttl = "5m")]
    async fn page(uri: axum::http::Uri) -> Response {
        let kind = match uri.path() {
            "/events" => "Text/Event-Stream; charset=utf-8",
            _ => "multipart/x-mixed-replace;boundary=b",
        };
        ([("content-type", kind)], BODIES.body()).into_response()
    }
    let app = site(page);
    for path in ["/events", "/camera"] {
        let (one, other) = (BODIES.feed(), BODIES.feed());
        for feeder in [one, other] {
            let mut answer = begin(&app, path).await;
            let said = field(&answer, "cache-status");
            assert!(said.ends_with("body-endless"), "{said}");
            feeder.send(part("event")).unwrap();
            assert_eq!(next(&mut answer).await.unwrap().unwrap(), "event");
        }
    }
}

#[tokio::test]
async fn heads_and_304s_do_not_wait_for_a_body() {
    static BODIES: Fed = Fed::new();
    #[cache_page(ttl = "5m")]
    async fn page() -> impl IntoResponse {
        ([("etag", "\"7\"")], BODIES.body())
    }
    let app = site(page);
    for (path, method, fields, status) in [
        ("/head", "HEAD", &[][..], 200),
        ("/known", "GET", &[("if-none-match", "\"7\"")], 304),
    ] {
        let feeder = BODIES.feed();
        let answer = send(&app, request(method, path, fields));
        let answer = within(answer).await;
        assert_eq!((answer.status.as_u16(), answer.body.as_str()), (status, ""));
        feeder.send(part("page")).unwrap();
        drop(feeder);
        assert!(drain(BOUND).await);
        let hit = get_with(&app, path, &[]).await;
        assert_eq!(hit.assert_hit().body, "page");
    }
}

/// What the handler says of those who may change a body holds for one that streams.
#[tokio::test]
async fn a_body_that_streams_is_not_to_be_transformed_if_its_page_is_not() {
    static BODIES: Fed = Fed::new();
    #[cache_page(ttl = "5m")]
    async fn page() -> impl IntoResponse {
        let said = "public, max-age=60, No-Transform";
        ([("cache-control", said)], BODIES.body())
    }
    let app = site(page);
    let feeder = BODIES.feed();
    let first = begin(&app, "/").await;
    assert_eq!(
        field(&first, "cache-control"),
        "max-age=0, must-revalidate, no-transform"
    );
    drop(feeder);
}
