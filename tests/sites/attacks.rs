//! Known attacks on caches that serve many, on a layer in front of a whole site. What a response may do to others is asked here; `keys` has
//! what a request may.

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use cache_core::CachePageLayer;
use cache_tests::{Gate, within};

use crate::support::{get, get_with, run};

/// A site of one page, with this status, these fields, and a body that no other run has.
pub(crate) fn site(layer: CachePageLayer, status: u16, fields: &[(&str, &str)]) -> Router {
    let status = StatusCode::from_u16(status).expect("a status");
    let fields: HeaderMap = fields
        .iter()
        .map(|(name, value)| {
            let name: HeaderName = name.parse().expect("a name");
            (
                name,
                HeaderValue::from_bytes(value.as_bytes()).expect("a value"),
            )
        })
        .fold(HeaderMap::new(), |mut all, (name, value)| {
            all.append(name, value);
            all
        });
    Router::new()
        .fallback(async move || (status, fields, format!("run {}", run())))
        .layer(layer)
}

/// Whether two clients get one response.
async fn is_shared(layer: &CachePageLayer, status: u16, fields: &[(&str, &str)]) -> bool {
    let site = site(layer.clone(), status, fields);
    let target = format!("/{}", run());
    let (first, second) = (get(&site, &target).await, get(&site, &target).await);
    assert_eq!(first.status, status);
    assert_eq!(second.status, status);
    assert_eq!(second.is_hit(), first.body == second.body, "{second:?}");
    second.is_hit()
}

async fn assert_apart(fields: &[(&str, &str)]) {
    let layer = CachePageLayer::new(60).vary_on_headers(["Accept-Language"]);
    assert!(!is_shared(&layer, 200, fields).await, "{fields:?}");
}

/// CVE-2026-6907 and CVE-2026-48587, in which `*` and names were missed in lists, between tabs and on second lines; CVE-2026-44457, in
/// which `Vary` was not asked at all.
#[tokio::test]
async fn no_spelling_of_a_vary_that_forbids_is_missed() {
    for lines in [
        &["*"][..],
        &[" * "],
        &["Accept-Language, *"],
        &["accept-language", "*"],
        &["Accept-Language,\t*"],
        &["Cookie, *"],
        &["AUTHORIZATION"],
        &["Accept-Language,\tX-User"],
        &["accept-language", "x-user"],
        &["accept language"],
        &["\"accept-language\""],
    ] {
        let fields: Vec<_> = lines.iter().map(|line| ("vary", *line)).collect();
        assert_apart(&fields).await;
    }
    let layer = CachePageLayer::new(60).vary_on_headers(["Accept-Language"]);
    for line in ["ACCEPT-language", " , host,\taccept-language ,", "cookie"] {
        assert!(is_shared(&layer, 200, &[("vary", line)]).await, "{line}");
    }
}

/// CVE-2026-8404, CVE-2026-59427 and CVE-2026-24472, in which a directive was missed for its case, for its neighbours, and altogether.
#[tokio::test]
async fn no_spelling_of_a_directive_that_forbids_is_missed() {
    for lines in [
        &["private"][..],
        &["PRIVATE, max-age=60"],
        &["No-Store"],
        &["no-cache, no-store, max-age=0"],
        &["max-age=60,\tno-store"],
        &["max-age=60", "Private"],
        &["private=\"Set-Cookie\", max-age=60"],
        &["NO-CACHE=\"x-own\""],
        &["public, private"],
        &["max-age=60, x=\"private"],
        &["public; private"],
        &["must-revalidate no-store"],
        &["stale-if-error=60 private"],
        &["\"no-store\""],
    ] {
        let fields: Vec<_> = lines.iter().map(|line| ("cache-control", *line)).collect();
        assert_apart(&fields).await;
    }
}

/// CVE-2012-2671, CVE-2022-24894 and CVE-2025-64762: a cookie, and what else is for one visitor.
#[tokio::test]
async fn what_a_response_gives_to_one_visitor_is_nobody_elses() {
    for field in [
        ("set-cookie", "session=1"),
        ("x-csrf-token", "secret"),
        ("clear-site-data", "*"),
        ("content-security-policy", "script-src 'nonce-x'"),
    ] {
        assert_apart(&[field, ("cache-control", "public, max-age=60")]).await;
        assert_apart(&[field, ("cache-control", "no-cache=\"set-cookie\"")]).await;
    }
}

/// CVE-2026-41322, CVE-2025-49826 and the denial of service by poisoned error pages: what a malformed request provokes, and what is no
/// page, is not the page.
#[tokio::test]
async fn a_status_that_is_not_the_page_is_kept_by_nobody() {
    let layer = CachePageLayer::new(60);
    for status in [
        204, 206, 302, 304, 400, 401, 403, 405, 413, 414, 429, 431, 500, 502, 503, 504,
    ] {
        let fields = [("cache-control", "public, max-age=31536000")];
        let site = site(layer.clone(), status, &fields);
        for _ in 0..2 {
            let answer = get(&site, &format!("/{status}")).await;
            answer.assert_refused("status");
            assert_eq!(answer.status, status);
        }
    }
}

/// Numbers and dates that cannot be read are no life, and no number is too large.
#[tokio::test]
async fn no_life_that_a_response_says_of_itself_is_misread() {
    let layer = CachePageLayer::new(60);
    for (name, value, is_kept) in [
        ("cache-control", "max-age=-1", false),
        ("cache-control", "max-age=1.5", false),
        ("cache-control", "max-age=1e9", false),
        ("cache-control", "max-age=", false),
        ("cache-control", "max-age=60, max-age=0", false),
        ("cache-control", "max-age=\u{ff11}", false),
        ("cache-control", "s-maxage=x, max-age=60", false),
        ("cache-control", "max-age=\"60\"", true),
        ("cache-control", "max-age=9223372036854775808", true),
        ("cache-control", "max-age=18446744073709551616", true),
        ("cache-control", "max-age=100000000000000000000000", true),
        ("expires", "0", false),
        ("expires", "Thu, 01 Jan 1970 00:00:00 GMT", false),
        ("expires", "06 Nov 94", false),
        ("expires", "Sun, 06 Nov 9999 08:49:37 GMT", true),
        ("age", "-1", false),
        ("age", "1.0", false),
        ("age", "18446744073709551616", true),
        ("date", "Sun, 99 Nov 1994 08:49:37 GMT", true),
        ("etag", "\"", true),
        ("etag", "\u{e9}", true),
        ("last-modified", "tomorrow", true),
    ] {
        assert_eq!(
            is_shared(&layer, 200, &[(name, value)]).await,
            is_kept,
            "{name}: {value}"
        );
    }
    let aged = [
        ("cache-control", "max-age=60"),
        ("age", "18446744073709551616"),
    ];
    assert!(!is_shared(&layer, 200, &aged).await);
}

/// CVE-2026-35192 and CVE-2014-0473: a session that the site has looked at is one visitor's, though the framework says so of new ones
/// alone.
#[tokio::test]
async fn a_session_under_the_layer_is_its_visitors() {
    async fn session(request: Request, next: Next) -> Response {
        let session = request.headers().get("cookie").cloned();
        let mut response = next.run(request).await;
        match session {
            Some(session) => drop(response.headers_mut().insert("x-session", session)),
            None if response.headers().contains_key("x-uses-session") => {
                let new = HeaderValue::try_from(format!("session={}", run())).unwrap();
                response.headers_mut().insert("set-cookie", new);
            }
            None => {}
        }
        response
    }
    let app = |uses: &[(&'static str, &'static str)]| site(CachePageLayer::new(60), 200, uses);
    let uses = || {
        let page = async || ([("x-uses-session", "1")], format!("run {}", run()));
        Router::new()
            .fallback(page)
            .layer(from_fn(session))
            .layer(CachePageLayer::new(60))
    };
    let (uses, plain) = (uses(), app(&[]));
    get(&uses, "/").await.assert_refused("set-cookie");
    get(&uses, "/").await.assert_refused("set-cookie");
    let cookie = ("cookie", "session=alice");
    let alice = get_with(&uses, "/", &[cookie]).await;
    alice.assert_bypassed("cookie");
    assert_eq!(alice.field("x-session").as_deref(), Some("session=alice"));
    get_with(&plain, "/", &[cookie])
        .await
        .assert_bypassed("cookie");
    get(&plain, "/").await.assert_stored();
}

/// Those who wait for a response that turns out to be one visitor's get their own.
#[tokio::test]
async fn who_waits_for_a_response_gets_none_that_is_not_kept() {
    for field in [
        ("set-cookie", "session=1"),
        ("cache-control", "private"),
        ("vary", "x-user"),
    ] {
        static GATE: Gate = Gate::closed();
        let page = async move || {
            GATE.pass().await;
            ([field], format!("run {}", run()))
        };
        let site = Router::new().fallback(page).layer(CachePageLayer::new(60));
        let clients: Vec<_> = (0..5)
            .map(|_| {
                let site = site.clone();
                tokio::spawn(async move { get(&site, "/").await })
            })
            .collect();
        GATE.let_go(5);
        let mut bodies = Vec::new();
        for client in clients {
            bodies.push(within(client).await.unwrap().body);
        }
        bodies.sort();
        bodies.dedup();
        assert_eq!(bodies.len(), 5, "{field:?}");
    }
}
