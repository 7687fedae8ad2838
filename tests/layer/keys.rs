//! Known attacks on the keys of caches.

use axum::extract::OriginalUri;
use cache_core::{CachePageLayer, HttpMode};
use http::Uri;

use crate::support::{LayeredOrigin, front, numbered, page, read, request};

const FRESH: (&str, &str) = ("cache-control", "max-age=60");

/// An origin whose page repeats what it sees of a request.
fn echo(layer: &CachePageLayer<HttpMode>) -> LayeredOrigin {
    front(layer, |asked| {
        page(
            format!("{} {:?}", asked.uri, asked.headers.get("host")),
            &[FRESH],
        )
    })
}

/// CVE-2011-4139: a page of one host is not that of another, nor that of another scheme, port or spelling which it may repeat.
#[tokio::test]
async fn hosts_and_schemes_are_told_apart() {
    let front = echo(&CachePageLayer::shared());
    let all = [
        ("/", Some("own.example")),
        ("/", Some("other.example")),
        ("/", Some("own.example:80")),
        ("/", Some("own.example:443")),
        ("/", Some("own.example:")),
        ("/", Some("own.example:8080")),
        ("/", Some("OWN.example")),
        ("/", Some("own.example.")),
        ("/", Some("")),
        ("/", None),
        ("http://own.example/", None),
        ("https://own.example/", None),
        ("https://own.example:443/", None),
    ];
    for (target, host) in all {
        let fields: Vec<_> = host.map(|host| ("host", host)).into_iter().collect();
        let first = front.get(target, &fields).await;
        assert!(!first.is_hit(), "{target} {host:?}");
        assert_eq!(
            front.get(target, &fields).await.assert_hit().body,
            first.body
        );
    }
}

/// CVE-2026-34475: a request that names two hosts is answered by its origin alone.
#[tokio::test]
async fn a_request_of_two_hosts_goes_past_the_cache() {
    let front = numbered(&CachePageLayer::shared(), &[FRESH]);
    for (target, hosts) in [
        ("http://own.example/", &["other.example"][..]),
        ("/", &["own.example", "other.example"]),
        ("/", &["own.example", "own.example"]),
        ("/", &["own.example/x"]),
        ("/", &["user@own.example"]),
        ("/", &["own example"]),
        ("http://user@own.example/", &[]),
    ] {
        let fields: Vec<_> = hosts.iter().map(|host| ("host", *host)).collect();
        for _ in 0..2 {
            let response = front.get(target, &fields).await;
            assert_eq!(
                response.cache(),
                "fwd=bypass; detail=host",
                "{target} {hosts:?}"
            );
        }
    }
}

/// CVE-2021-23336, and web cache deception: paths and queries are told apart as they are written.
#[tokio::test]
async fn targets_are_told_apart_as_they_are_written() {
    let front = echo(&CachePageLayer::shared());
    for target in [
        "/",
        "/?",
        "/a",
        "/A",
        "/a/",
        "//a",
        "/%61",
        "/a%2fb",
        "/a/b",
        "/a/../b",
        "/a/./b",
        "/a;x.css",
        "/a?x=1&y=2",
        "/a?y=2&x=1",
        "/a?x=1%26y=2",
        "/a?x=1&x=1",
        "/a?x=1;y=2",
        "/a?x=+",
        "/a?x=%20",
        "/a?X=1",
        "/a%00",
    ] {
        front.get(target, &[]).await.assert_miss();
        let hit = front.get(target, &[]).await;
        assert!(
            hit.assert_hit().body.starts_with(&format!("{target} ")),
            "{target}: {}",
            hit.body
        );
    }
}

#[tokio::test]
async fn a_target_that_is_no_path_goes_past_the_cache() {
    let front = numbered(&CachePageLayer::shared(), &[FRESH]);
    for target in ["*", "own.example:80"] {
        for _ in 0..2 {
            front.get(target, &[]).await.assert_miss();
        }
    }
    for _ in 0..2 {
        let long = format!("/{}", "a".repeat(9_000));
        assert_eq!(
            front.get(&long, &[]).await.cache(),
            "fwd=bypass; detail=key-too-long"
        );
    }
}

/// What a layer in between has rewritten is told apart, and what was asked for before it was is, too.
#[tokio::test]
async fn what_was_rewritten_on_the_way_is_told_apart() {
    let front = echo(&CachePageLayer::shared());
    let between = |original: &'static str, inner: &'static str| {
        let mut request = request("GET", inner, &[]);
        request
            .extensions_mut()
            .insert(OriginalUri(Uri::from_static(original)));
        request
    };
    for (original, inner) in [
        ("/a", "/a"),
        ("/a", "/b"),
        ("/b", "/b"),
        ("/b", "/a"),
        ("/a?x", "/a"),
        ("/a", "/a?x"),
        // A proxy that chooses its upstream there.
        ("/a", "http://one.internal/a"),
        ("/a", "http://other.internal/a"),
        ("/a", "https://one.internal/a"),
        ("http://one.internal/a", "/a"),
    ] {
        let first = read(front.send(between(original, inner)).await.unwrap()).await;
        first.assert_miss();
        let second = read(front.send(between(original, inner)).await.unwrap()).await;
        assert_eq!(second.assert_hit().body, first.body);
    }
}

/// CVE-2026-105299: a field that `Connection` names is not for the origin, which may answer as if it were not there.
#[tokio::test]
async fn a_field_that_connection_names_poisons_no_variant() {
    for connection in ["x-user", "close, X-User", "X-USER"] {
        // The origin stands behind a proxy that takes away what `Connection` names.
        let front = front(&CachePageLayer::shared(), |asked| {
            let user = match asked.headers.contains_key("connection") {
                true => "",
                false => asked.field("x-user"),
            };
            page(user, &[FRESH, ("vary", "x-user")])
        });
        let poison = [("x-user", "bob"), ("connection", connection)];
        assert_eq!(front.get("/", &poison).await.body, "");
        assert_eq!(
            front.get("/", &[("x-user", "bob")]).await.body,
            "bob",
            "{connection}"
        );
    }
}

/// A proxy behind the layer takes away what `Connection` names. The host that the key holds is not to be among it.
#[tokio::test]
async fn a_host_that_the_connection_names_is_not_stored_under() {
    let front = echo(&CachePageLayer::shared());
    let host = ("host", "own.example");
    for nominated in ["Host", "close, HOST"] {
        let passed = front.get("/", &[host, ("connection", nominated)]).await;
        assert_eq!(passed.cache(), "fwd=bypass; detail=host");
    }
    front.get("/", &[host]).await.assert_miss();
}

#[tokio::test]
async fn requests_for_another_protocol_pass_by() {
    let front = echo(&CachePageLayer::shared());
    let upgrade = [("connection", "upgrade"), ("upgrade", "websocket")];
    for _ in 0..2 {
        let passed = front.get("/", &upgrade).await;
        assert_eq!(passed.cache(), "fwd=bypass; detail=upgrade");
    }
    assert_eq!(front.origin.last().field("upgrade"), "websocket");
}
