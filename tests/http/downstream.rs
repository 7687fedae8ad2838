//! What browsers, proxies and CDNs are told about keeping an answer.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequestParts, Query, RawQuery};
use axum::http::{HeaderMap, StatusCode, request::Parts};
use axum::response::IntoResponse;
use cache_core::testing::Clock;
use cache_core::{cache_page, cached, vary_on};

use crate::support::{Answer, get, get_with, request, run, send, site};

/// The fields by which an origin speaks to CDNs and proxies past `Cache-Control`.
const FOR_CDNS: [(&str, &str); 4] = [
    ("cdn-cache-control", "max-age=600"),
    ("surrogate-control", "max-age=600"),
    ("cloudflare-cdn-cache-control", "max-age=600"),
    ("x-accel-expires", "600"),
];

fn directives(answer: &Answer) -> Vec<String> {
    let field = answer.field("cache-control").unwrap_or_default();
    field.split(',').map(|one| one.trim().to_owned()).collect()
}

#[track_caller]
fn assert_private(answer: &Answer) {
    let directives = directives(answer);
    assert!(directives.contains(&"private".to_owned()), "{answer:?}");
    for shared in ["public", "s-maxage=600"] {
        assert!(!directives.contains(&shared.to_owned()), "{answer:?}");
    }
    for (name, _) in FOR_CDNS {
        assert_eq!(answer.field(name), None, "{name}");
    }
}

#[track_caller]
fn assert_for_nobody_else(answer: &Answer) {
    assert_eq!(
        answer.field("cache-control").as_deref(),
        Some("private, no-store"),
        "{answer:?}"
    );
    assert_eq!(answer.field("expires"), None);
    assert_private(answer);
}

/// What a handler says that trusts every cache.
fn public() -> HeaderMap {
    let shared = [
        ("cache-control", "public, max-age=60, s-maxage=600"),
        ("expires", "Fri, 01 Jan 2100 00:00:00 GMT"),
    ];
    let fields = shared.into_iter().chain(FOR_CDNS);
    fields
        .map(|(name, value)| {
            (
                name.parse().expect("a name"),
                value.parse().expect("a value"),
            )
        })
        .collect()
}

#[tokio::test]
async fn what_tells_visitors_apart_is_private_for_other_caches() {
    #[vary_on(cookies = ["session"])]
    #[cache_page(ttl = "5m")]
    async fn by_cookie() -> String {
        format!("run {}", run())
    }
    #[vary_on(cookies)]
    #[cache_page(ttl = "5m")]
    async fn by_cookies() -> String {
        format!("run {}", run())
    }
    #[vary_on(headers = ["Authorization"])]
    #[cache_page(ttl = "5m")]
    async fn by_credentials() -> String {
        format!("run {}", run())
    }
    #[vary_on(headers = ["X-Api-Key"])]
    #[cache_page(ttl = "5m")]
    async fn by_key() -> String {
        format!("run {}", run())
    }
    #[vary_on(headers = ["Accept-Language", "X-Authenticated-User"])]
    #[cache_page(ttl = "5m")]
    async fn by_proxy() -> String {
        format!("run {}", run())
    }
    for (app, field) in [
        (site(by_cookie), ("cookie", "session=1")),
        (site(by_cookies), ("cookie", "session=1")),
        (site(by_credentials), ("authorization", "Bearer alice")),
        (site(by_key), ("x-api-key", "alice")),
        (site(by_proxy), ("x-authenticated-user", "alice")),
    ] {
        for answer in [
            get_with(&app, "/", &[field]).await,
            get_with(&app, "/", &[field]).await,
        ] {
            assert_eq!(
                answer.field("cache-control").as_deref(),
                Some("private, max-age=300"),
                "{field:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_page_that_varies_on_the_client_program_is_public() {
    #[vary_on(headers = ["Accept-Language", "User-Agent", "Sec-CH-UA-Mobile", "HX-Request", "Origin"])]
    #[cache_page(ttl = "5m")]
    async fn page() -> String {
        format!("run {}", run())
    }
    let answer = get(&site(page), "/").await;
    assert_eq!(
        answer.field("cache-control").as_deref(),
        Some("max-age=300")
    );
}

#[tokio::test]
async fn a_handler_cannot_make_public_what_tells_visitors_apart() {
    #[vary_on(cookies = ["session"])]
    #[cache_page(ttl = "5m")]
    async fn page(RawQuery(query): RawQuery) -> impl IntoResponse {
        let status = if query.is_some() {
            StatusCode::BAD_GATEWAY
        } else {
            StatusCode::OK
        };
        (status, public(), format!("run {}", run()))
    }
    let app = site(page);
    for target in ["/", "/", "/?refused"] {
        let answer = get_with(&app, target, &[("cookie", "session=1")]).await;
        assert_private(&answer);
        // The handler's own word about browsers stands.
        assert!(
            directives(&answer).contains(&"max-age=60".to_owned()),
            "{answer:?}"
        );
    }
}

#[tokio::test]
async fn other_caches_keep_no_answer_without_a_look_up() {
    #[vary_on(headers = ["Accept-Language"])]
    #[cache_page(ttl = "5m", condition = !query.0.as_deref().unwrap_or_default().contains("fresh"))]
    async fn page(query: RawQuery, headers: HeaderMap) -> impl IntoResponse {
        let host = headers.get("x-forwarded-host").cloned();
        (public(), format!("{host:?} {:?} run {}", query.0, run()))
    }
    let app = site(page);
    let forged = ("x-forwarded-host", "evil.example");
    let mut fat = request("GET", "/", &[forged]);
    *fat.body_mut() = Body::from("body");
    let long = "a".repeat(9_000);
    for (request, reason) in [
        (fat, "detail=request-body"),
        (
            request("GET", "/", &[forged, ("accept-language", &long)]),
            "detail=key-too-long",
        ),
        (
            request("GET", "/", &[forged, ("authorization", "Bearer x")]),
            "detail=authorization",
        ),
        (
            request("GET", "/", &[forged, ("host", "a b")]),
            "detail=host",
        ),
        (request("GET", "/?fresh", &[forged]), "detail=condition"),
        (request("POST", "/", &[forged]), "fwd=method"),
    ] {
        let answer = send(&app, request).await;
        assert!(answer.cache().ends_with(reason), "{answer:?}");
        assert_for_nobody_else(&answer);
    }
    // Where the handler runs on its key, its word stands.
    let answer = get_with(&app, "/", &[forged]).await;
    assert!(answer.body.starts_with("None"), "{answer:?}");
    assert_eq!(
        answer.field("cache-control").as_deref(),
        Some("public, max-age=60, s-maxage=600")
    );
    assert!(answer.field("cdn-cache-control").is_some());
}

#[tokio::test]
async fn what_a_guard_has_admitted_is_not_for_cdns() {
    #[cache_page(ttl = "5m", guard(_query))]
    async fn page(_query: Query<BTreeMap<String, String>>) -> impl IntoResponse {
        (public(), format!("run {}", run()))
    }
    let app = site(page);
    for _ in 0..2 {
        let answer = get(&app, "/").await;
        assert_private(&answer);
        assert!(directives(&answer).contains(&"max-age=0".to_owned()));
    }
}

/// Refuses by what no key holds.
struct Refused;

impl<S: Sync> FromRequestParts<S> for Refused {
    type Rejection = (StatusCode, HeaderMap, String);

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let host = format!("{:?}", parts.headers.get("x-forwarded-host"));
        Err((StatusCode::NOT_FOUND, public(), host))
    }
}

#[tokio::test]
async fn other_caches_keep_no_rejection() {
    #[cache_page(ttl = "5m", skip(_refused))]
    async fn late(_refused: Refused) -> String {
        format!("run {}", run())
    }
    #[cache_page(ttl = "5m", guard(_refused))]
    async fn early(_refused: Refused) -> String {
        format!("run {}", run())
    }
    for app in [site(late), site(early)] {
        let answer = get_with(&app, "/", &[("x-forwarded-host", "evil.example")]).await;
        assert!(answer.body.contains("evil"), "{answer:?}");
        assert_for_nobody_else(&answer);
    }
}

#[tokio::test]
async fn what_a_cached_call_can_invalidate_is_asked_for_again() {
    #[cached(tags("price:{id}"))]
    async fn price(id: u32) -> u32 {
        id
    }
    #[cache_page(ttl = "5m")]
    async fn shown() -> String {
        format!("{} run {}", price(1).await, run())
    }
    #[cache_page(ttl = "5m", browser = "1m")]
    async fn trusted() -> String {
        format!("{} run {}", price(2).await, run())
    }
    #[cache_page(ttl = "5m")]
    async fn plain() -> String {
        format!("run {}", run())
    }
    for (app, expected) in [
        (site(shown), "max-age=0, must-revalidate"),
        (site(trusted), "max-age=60"),
        (site(plain), "max-age=300"),
    ] {
        for _ in 0..2 {
            assert_eq!(
                get(&app, "/").await.field("cache-control").as_deref(),
                Some(expected)
            );
        }
    }
}

#[tokio::test]
async fn browsers_keep_nothing_longer_than_the_entry_lives() {
    #[cache_page(ttl = "5m", browser = "15m")]
    async fn missing() -> (StatusCode, String) {
        (StatusCode::NOT_FOUND, format!("run {}", run()))
    }
    #[cache_page(ttl = "5m", browser = "15m")]
    async fn short() -> String {
        format!("run {}", run())
    }
    #[cache_page(ttl = Duration::from_millis(900))]
    async fn brief() -> String {
        format!("run {}", run())
    }
    let _clock = Clock::freeze();
    for (app, expected) in [
        (site(missing), "max-age=30"),
        (site(short), "max-age=300"),
        (site(brief), "max-age=0, must-revalidate"),
    ] {
        assert_eq!(
            get(&app, "/").await.field("cache-control").as_deref(),
            Some(expected)
        );
    }
}
