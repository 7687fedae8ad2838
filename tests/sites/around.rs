//! What lies around a layer in front of a whole site: bodies that break off below it, layers below and above it, logins and caches in front.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::get as route;
use bytes::Bytes;
use cache_core::{CachePageLayer, cache_page};
use futures_util::stream;
use tower_http::compression::CompressionLayer;
use tower_http::cors::CorsLayer;

use crate::attacks::site;
use crate::support::{get, get_with, request, run, send};

/// A body that ends early, or late, or in an error, is passed on as it is and is no page.
#[tokio::test]
async fn a_body_that_is_not_what_it_said_is_not_kept() {
    async fn page(request: Request) -> Response {
        let text = |text: &'static str| Ok(Bytes::from_static(text.as_bytes()));
        let mut response = match request.uri().path() {
            "/streams" => {
                Body::from_stream(stream::iter([text("ten "), text("bytes!")])).into_response()
            }
            "/fails" => {
                let frames = [
                    text("ten bytes!"),
                    Err(std::io::Error::other("upstream closed")),
                ];
                Body::from_stream(stream::iter(frames)).into_response()
            }
            "/long" => vec![b'x'; (1 << 20) + 1].into_response(),
            _ => "ten bytes!".into_response(),
        };
        let length = match request.uri().path() {
            "/short" | "/fails" => Some("100"),
            "/late" => Some("4"),
            "/twice" => Some("10, 10"),
            "/none" => Some("ten"),
            _ => None,
        };
        let headers = response.headers_mut();
        headers.insert("x-run", run().into());
        if let Some(length) = length {
            headers.insert("content-length", length.parse().unwrap());
        }
        response
    }
    let site = Router::new().fallback(page).layer(CachePageLayer::new(60));
    for (path, reason) in [
        ("/fails", "body-broken"),
        ("/long", "body-too-large"),
        ("/short", "body-broken"),
        ("/late", "body-broken"),
        ("/twice", "body-broken"),
        ("/none", "body-broken"),
    ] {
        for again in [false, true] {
            let asked = tower::ServiceExt::oneshot(site.clone(), request("GET", path, &[]));
            let (parts, body) = asked.await.unwrap().into_parts();
            let said = parts.headers["cache-status"].to_str().unwrap();
            assert!(said.contains("fwd="), "{path}: {said}");
            assert!(again || said.ends_with(reason), "{path}: {said}");
            let body = axum::body::to_bytes(body, usize::MAX).await;
            assert_eq!(body.is_err(), path == "/fails", "{path}");
        }
    }
    for path in ["/whole", "/streams"] {
        get(&site, path).await.assert_stored();
        assert_eq!(get(&site, path).await.assert_hit().body, "ten bytes!");
    }
}

/// GHSA-8c42-7qj2-3j46 and CVE-2025-49005, in which a layer wrote over `Vary`: what layers below the cache name there is not kept unless
/// the key has it, and what those above it add is added to hits.
#[tokio::test]
async fn layers_below_and_above_lose_no_vary() {
    let page = || {
        let text = "a long page that is worth it to be compressed, ".repeat(20);
        Router::new().fallback(async move || text.clone())
    };
    let origins = ["https://a.example", "https://b.example"];
    let cors = || CorsLayer::new().allow_origin(origins.map(|origin| origin.parse().unwrap()));
    let layer = || CachePageLayer::new(60);
    let keyed = || layer().vary_on_headers(["Accept-Encoding"]);
    let crossing = [
        page().layer(cors()).layer(layer()),
        page().layer(layer()).layer(cors()),
    ];
    for (app, is_below) in crossing.iter().zip([true, false]) {
        for origin in [&origins[..], &origins[..]].concat() {
            let answer = get_with(app, "/", &[("origin", origin)]).await;
            let allowed = answer.field("access-control-allow-origin");
            // The site below does not see the field that the key lacks.
            let expected = (!is_below).then_some(origin);
            assert_eq!(allowed.as_deref(), expected);
            assert!(
                answer
                    .field("vary")
                    .unwrap()
                    .to_lowercase()
                    .contains("origin")
            );
        }
        assert_eq!(get(app, "/").await.is_hit(), !is_below);
    }
    let zipping = [
        page().layer(CompressionLayer::new()).layer(keyed()),
        page().layer(CompressionLayer::new()).layer(layer()),
        page().layer(layer()).layer(CompressionLayer::new()),
    ];
    for (app, is_zipped) in zipping.iter().zip([true, false, true]) {
        for round in 0..2 {
            for accepted in [&[("accept-encoding", "gzip")][..], &[]] {
                let answer = get_with(app, "/", accepted).await;
                let encoding = answer.field("content-encoding");
                let expected = (is_zipped && !accepted.is_empty()).then_some("gzip");
                assert_eq!(encoding.as_deref(), expected, "{round}");
                assert_eq!(expected.is_none(), answer.body.starts_with("a long page"));
            }
        }
    }
}

/// Whoever stands in front of the layer is asked on hits too, and for a 304 (CVE-2026-59426, where a cache was in front of the login).
#[tokio::test]
async fn a_login_in_front_of_the_layer_is_asked_each_time() {
    async fn login(request: Request, next: Next) -> Response {
        if request.headers().contains_key("x-login") {
            next.run(request).await
        } else {
            StatusCode::FORBIDDEN.into_response()
        }
    }
    let site = site(CachePageLayer::new(60), 200, &[]).layer(from_fn(login));
    let member = ("x-login", "1");
    let tag = get_with(&site, "/", &[member]).await.field("etag").unwrap();
    get_with(&site, "/", &[member]).await.assert_hit();
    let fields: [&[(&str, &str)]; 3] = [&[], &[("if-none-match", &tag)], &[("if-none-match", "*")]];
    for fields in fields {
        assert_eq!(get_with(&site, "/", fields).await.status, 403);
    }
    assert_eq!(send(&site, request("HEAD", "/", &[])).await.status, 403);
}

/// What passes by has seen all of its request, such as an `X-Forwarded-Host` (CVE-2021-41267): a cache in front, which ignores the cookie
/// or the body that it came with, must not keep it, whatever it says.
#[tokio::test]
async fn what_passes_by_is_for_no_other_cache() {
    let fields = [
        ("cache-control", "public, max-age=60, s-maxage=600"),
        ("cdn-cache-control", "max-age=600"),
        ("surrogate-control", "max-age=600"),
    ];
    let (speaks, silent) = (&fields[..], &fields[1..]);
    let long = "a".repeat(9_000);
    for (fields, expected) in [
        (speaks, "private, max-age=60"),
        (silent, "private, no-store"),
    ] {
        let site = site(
            CachePageLayer::new(60).vary_on_headers(["Accept-Language"]),
            200,
            fields,
        );
        for (name, value) in [
            ("cookie", "any=1"),
            ("authorization", "Basic x"),
            ("content-length", "4"),
            ("host", "a/b"),
            ("upgrade", "h2c"),
            ("accept-language", &*long),
        ] {
            let answer = get_with(&site, "/", &[(name, value)]).await;
            assert!(answer.cache().contains("fwd=bypass"), "{answer:?}");
            assert_eq!(
                answer.field("cache-control").as_deref(),
                Some(expected),
                "{name}"
            );
            assert_eq!(answer.field("cdn-cache-control"), None, "{name}");
            assert_eq!(answer.field("surrogate-control"), None, "{name}");
        }
        let page = get(&site, "/").await;
        assert_eq!(
            page.field("cdn-cache-control").as_deref(),
            Some("max-age=600")
        );
    }
}

/// What the layer keeps is stale with the pages that it is made of, loaded or found.
#[tokio::test]
async fn a_page_below_ends_what_a_layer_has_made_of_it() {
    #[cache_page(ttl = "1h", browser = "1h", tags("around:page"), key = "around")]
    async fn page() -> String {
        format!("run {}", run())
    }
    let layer = CachePageLayer::new("1h");
    let app = Router::new().route("/{name}", route(page));
    let app = app.layer(layer.clone());
    let loaded = get(&app, "/loaded").await;
    let found = get(&app, "/found").await;
    assert_eq!(found.body, loaded.body, "the page was kept");
    for path in ["/loaded", "/found"] {
        assert_eq!(get(&app, path).await.body, loaded.body);
    }
    assert_eq!(layer.stats().hits, 2, "of the layer, and not of the page");
    let forgotten = cache_core::invalidate_tag("around:page").await;
    forgotten.expect("memory");
    for path in ["/loaded", "/found"] {
        assert_ne!(get(&app, path).await.body, loaded.body, "{path}");
    }
}
