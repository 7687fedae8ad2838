//! Known attacks on the keys of caches, on a layer in front of a whole site: what one client sends changes nothing for another.

use axum::Router;
use axum::body::Body;
use axum::extract::{OriginalUri, Request};
use axum::http::HeaderMap;
use cache_core::CachePageLayer;
use tower::ServiceExt as _;

use crate::support::{Answer, get, get_with, request, run, send};

/// All that a handler sees of a request, and its run.
async fn seen(OriginalUri(original): OriginalUri, headers: HeaderMap, request: Request) -> String {
    let mut lines: Vec<_> = headers
        .iter()
        .map(|(name, value)| format!("{name}={value:?}"))
        .collect();
    lines.sort();
    let (method, uri) = (request.method(), request.uri());
    format!(
        "{method} {uri} {original} {} run {}",
        lines.join(" "),
        run()
    )
}

pub(crate) fn site(layer: CachePageLayer) -> Router {
    Router::new().fallback(seen).layer(layer)
}

/// CVE-2021-41267, CVE-2021-29479, CVE-2026-53943 and the like: what the key lacks is not there.
#[tokio::test]
async fn what_the_key_lacks_changes_nothing() {
    let site = site(CachePageLayer::new(60).vary_on_headers(["X-Tenant"]));
    let plain = get_with(&site, "/", &[("host", "a.example")]).await;
    plain.assert_stored();
    for field in [
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "nothttps"),
        ("x-forwarded-prefix", "/evil"),
        ("forwarded", "host=evil.example"),
        ("x-original-url", "/admin"),
        ("x-rewrite-url", "/admin"),
        ("x-http-method-override", "DELETE"),
        ("x-ghost-preview", "1"),
        ("x-tenant-", "evil"),
        ("x_tenant", "evil"),
        ("rsc", "1"),
        ("accept", "text/evil"),
        ("x-requested-with", "XMLHttpRequest"),
        ("accept-encoding", "gzip"),
        ("range", "bytes=0-1"),
        ("content-type", "text/evil"),
        ("te", "trailers"),
        ("connection", "x-tenant, host"),
        ("proxy-authorization", "Basic x"),
        ("expect", "100-continue"),
        ("cache-control", "no-cache, no-store, max-age=0"),
        ("cache-control", "only-if-cached"),
        ("pragma", "no-cache"),
        ("x-invalidate-cache", "true"),
        ("cookie", "=nameless"),
    ] {
        // First where nothing is kept yet: what it provokes is what all others get.
        let target = format!("/{}", run());
        for fields in [
            &[field, ("host", "a.example")][..],
            &[("host", "a.example")],
        ] {
            let answer = get_with(&site, &target, fields).await;
            let line = format!("{}=", field.0);
            assert!(!answer.body.contains(&line), "{field:?}: {answer:?}");
            assert_eq!(answer.is_hit(), fields.len() == 1, "{field:?}: {answer:?}");
        }
        let hit = get_with(&site, "/", &[field, ("host", "a.example")]).await;
        assert_eq!(hit.assert_hit().body, plain.body, "{field:?}");
    }
}

/// CVE-2026-113593: a field that is not there is not one that is empty, nor are two lines one.
#[tokio::test]
async fn absent_is_not_empty() {
    let site = site(
        CachePageLayer::new(60)
            .vary_on_headers(["X-Kind"])
            .vary_on_cookies(["theme"]),
    );
    let variants: [&[(&str, &str)]; 9] = [
        &[],
        &[("x-kind", "")],
        &[("x-kind", "a")],
        &[("x-kind", "a"), ("x-kind", "b")],
        &[("x-kind", "a, b")],
        &[("x-kind", "A")],
        &[("cookie", "theme=")],
        &[("cookie", "theme=a")],
        &[("cookie", "theme=a; theme=b")],
    ];
    let mut known: Vec<Answer> = Vec::new();
    for fields in variants {
        let first = get_with(&site, "/", fields).await;
        first.assert_stored();
        assert!(
            known.iter().all(|other| other.body != first.body),
            "{fields:?}"
        );
        assert_eq!(
            get_with(&site, "/", fields).await.assert_hit().body,
            first.body
        );
        known.push(first);
    }
}

/// CVE-2011-4139 and CVE-2012-4520: the host is in the key, and a request of two hosts has none.
#[tokio::test]
async fn hosts_do_not_share() {
    let site = site(CachePageLayer::new(60));
    let own = get_with(&site, "/", &[("host", "a.example")]).await;
    for host in ["b.example", "a.example:8080", "a.example.", ""] {
        get_with(&site, "/", &[("host", host)])
            .await
            .assert_stored();
    }
    get(&site, "/").await.assert_stored();
    for (target, hosts) in [
        ("http://b.example/", &["a.example"][..]),
        ("/", &["a.example", "b.example"]),
        ("/", &["a.example", "a.example"]),
        ("/", &["a.example/x"]),
        ("/", &["user@a.example"]),
    ] {
        let fields: Vec<_> = hosts.iter().map(|host| ("host", *host)).collect();
        get_with(&site, target, &fields)
            .await
            .assert_bypassed("host");
    }
    for (target, host) in [("/", "A.Example:80"), ("http://a.example/", "a.example")] {
        let same = get_with(&site, target, &[("host", host)]).await;
        assert_eq!(same.assert_hit().body, own.body);
    }
}

/// Web cache deception, and CVE-2026-34475: a target is what was written, and no file name makes it another. CVE-2021-23336: what the
/// site's parser reads is what is keyed.
#[tokio::test]
async fn no_target_is_another() {
    let site = site(CachePageLayer::new(60));
    let targets = [
        "/",
        "/?",
        "//",
        "/x",
        "/x/",
        "//x",
        "/X",
        "/%78",
        "/x;a",
        "/x;a.css",
        "/x.css",
        "/x%2fy",
        "/x%2Fy",
        "/x/y",
        "/x/../y",
        "/x/./y",
        "/x%00",
        "/x%3f",
        "/x?q",
        "/x?q=",
        "/x?a=1&b=2",
        "/x?a=1%26b=2",
        "/x?a=1;b=2",
        "/x?a=1&a=2",
        "/x?a=2&a=1",
        "/x?a=1&%61=2",
        "/x?%61=2&a=1",
        "/x?A=1&a=2",
        "/x?a=+",
        "/x?a=%20",
        "/x?a=%2B",
        "/x?a:b=c",
        "/x?a=b:c",
        "/x?a[]=1",
    ];
    let mut known: Vec<Answer> = Vec::new();
    for target in targets {
        let first = get(&site, target).await;
        first.assert_stored();
        let expected = format!("GET {target} ");
        assert!(first.body.starts_with(&expected), "{target}: {first:?}");
        assert!(
            known.iter().all(|other| other.body != first.body),
            "{target}"
        );
        known.push(first);
    }
    for (target, first) in targets.iter().zip(&known) {
        assert_eq!(get(&site, target).await.assert_hit().body, first.body);
    }
}

/// A request that is no plain `GET` is neither answered from the cache nor kept, and no field makes it one.
#[tokio::test]
async fn a_request_with_a_body_or_another_method_is_never_a_page() {
    let site = site(CachePageLayer::new(60));
    let page = get(&site, "/").await;
    let fat = || {
        let mut fat = request("GET", "/", &[]);
        *fat.body_mut() = Body::from("q=1");
        fat
    };
    let announced = |name, value| request("GET", "/", &[(name, value)]);
    for fat in [
        fat(),
        announced("content-length", "4"),
        announced("content-length", "00"),
        announced("transfer-encoding", "chunked"),
    ] {
        let answer = send(&site, fat).await;
        answer.assert_bypassed("request-body");
        assert_ne!(answer.body, page.body);
    }
    for (method, override_as) in [("OPTIONS", "GET"), ("TRACE", "HEAD"), ("QUERY", "GET")] {
        let fields = [("x-http-method-override", override_as)];
        let answer = send(&site, request(method, "/", &fields)).await;
        assert_eq!(answer.cache(), "cache-core; fwd=method");
        assert!(answer.body.starts_with(method), "{answer:?}");
    }
    assert_eq!(get(&site, "/").await.assert_hit().body, page.body);
    send(
        &site,
        request("POST", "/", &[("x-http-method-override", "GET")]),
    )
    .await;
    assert_ne!(get(&site, "/").await.body, page.body);
}

/// A target that is no path is the site's alone.
#[tokio::test]
async fn a_target_that_is_no_path_goes_past_the_cache() {
    let page = tower::service_fn(async |_: Request| {
        Ok::<_, std::convert::Infallible>(axum::response::Response::new(Body::from(
            run().to_string(),
        )))
    });
    let service = tower::Layer::layer(&CachePageLayer::new(60), page);
    for (method, target) in [
        ("GET", "*"),
        ("GET", "a.example:80"),
        ("OPTIONS", "*"),
        ("POST", "*"),
        ("CONNECT", "a.example:80"),
        ("DELETE", "a.example:80"),
    ] {
        let answer = service
            .clone()
            .oneshot(request(method, target, &[]))
            .await
            .unwrap();
        let said = answer.headers()["cache-status"].to_str().unwrap();
        let expected = if method == "GET" {
            "fwd=bypass; detail=target"
        } else {
            "fwd=method"
        };
        assert_eq!(said, format!("cache-core; {expected}"), "{method} {target}");
    }
}

/// A key is bounded, and so are its variants.
#[tokio::test]
async fn a_huge_key_goes_past_the_cache() {
    let layer = CachePageLayer::new(60)
        .vary_on_headers(["X-Kind"])
        .capacity(16);
    let site = site(layer.clone());
    let long = "a".repeat(9_000);
    for (target, fields) in [
        (format!("/{long}"), &[][..]),
        (format!("/?{long}"), &[]),
        ("/".into(), &[("x-kind", &*long)]),
        ("/".into(), &[("host", &*long)]),
    ] {
        get_with(&site, &target, fields)
            .await
            .assert_bypassed("key-too-long");
    }
    for kind in 0..200 {
        get_with(&site, "/", &[("x-kind", &kind.to_string())]).await;
    }
    assert!(layer.stats().entries <= 16, "{:?}", layer.stats());
}
