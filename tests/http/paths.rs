//! Paths are keyed as they came.

use axum::Router;
use axum::extract::{MatchedPath, OriginalUri, Path};
use axum::http::Uri;
use axum::routing::get as route;
use cache_core::cache_page;

use crate::support::{assert_apart, assert_same, get, run, site};

#[cache_page(ttl = "5m")]
async fn page(uri: Uri) -> String {
    format!("{uri} run {}", run())
}

#[tokio::test]
async fn no_path_is_another() {
    let app = site(page);
    let paths = [
        "/",
        "/?",
        "//",
        "/x",
        "/x/",
        "//x",
        "/x?",
        "/x?q",
        "/x?q=",
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
        "/y",
        "/x%00",
        "/x%20",
        "/x+",
        "/x%3f",
        "/x%23",
        "/a:b/c",
        "/a/b:c",
        "/%e2%80%ae",
        "/x\\y",
        "/.",
        "/..",
    ];
    let mut answers = Vec::new();
    for path in paths {
        let first = get(&app, path).await;
        first.assert_stored();
        assert!(
            first.body.starts_with(&format!("{path} run ")),
            "{path}: {first:?}"
        );
        assert_same(&first, &get(&app, path).await);
        for other in &answers {
            assert_apart(&first, other);
        }
        answers.push(first);
    }
}

#[tokio::test]
async fn parts_do_not_run_into_each_other() {
    let app = site(page);
    let targets = [
        "/a?b=c",
        "/a%3fb=c",
        "/a?b=1&c=2",
        "/a?b=1%26c=2",
        "/a?b=c:d",
        "/a?b:c=d",
        "/a?b=c%3ad",
    ];
    for (at, one) in targets.iter().enumerate() {
        let one = get(&app, one).await;
        for other in &targets[at + 1..] {
            assert_apart(&one, &get(&app, other).await);
        }
    }
}

#[tokio::test]
async fn a_nested_router_is_keyed_by_the_whole_path() {
    #[cache_page(ttl = "5m")]
    async fn nested(
        uri: Uri,
        OriginalUri(original): OriginalUri,
        matched: MatchedPath,
        Path(name): Path<String>,
    ) -> String {
        format!("{uri} {original} {} {name} run {}", matched.as_str(), run())
    }
    let inner = Router::new().route("/{name}", route(nested));
    let app = Router::new().nest("/a", inner.clone()).nest("/b", inner);
    let first = get(&app, "/a/x?q=2&p=1").await;
    assert!(
        first
            .body
            .starts_with("/x?p=1&q=2 /a/x?p=1&q=2 /a/{name} x run "),
        "{first:?}"
    );
    assert_same(&first, &get(&app, "/a/x?p=1&q=2").await);
    assert_apart(&first, &get(&app, "/b/x?p=1&q=2").await);
}

#[tokio::test]
async fn one_path_under_two_routes_is_two_pages() {
    #[cache_page(ttl = "5m")]
    async fn page(Path(name): Path<String>) -> String {
        format!("{name} run {}", run())
    }
    let left = Router::new().route("/{name}/x", route(page));
    let right = Router::new().route("/x/{name}", route(page));
    let (one, other) = (get(&left, "/x/x").await, get(&right, "/x/x").await);
    assert_apart(&one, &other);
    assert_same(&one, &get(&left, "/x/x").await);
}

#[tokio::test]
async fn what_is_in_a_path_reaches_the_handler_decoded() {
    #[cache_page(ttl = "5m")]
    async fn page(Path(name): Path<String>) -> String {
        format!("{name} run {}", run())
    }
    let app = Router::new().route("/{name}", route(page));
    for (path, name) in [
        ("/%C3%A9", "é"),
        ("/a%2Fb", "a/b"),
        ("/%3Cscript%3E", "<script>"),
        ("/a:b%25", "a:b%"),
    ] {
        for _ in 0..2 {
            assert!(
                get(&app, path)
                    .await
                    .body
                    .starts_with(&format!("{name} run ")),
                "{path}"
            );
        }
    }
    let (first, second) = (get(&app, "/%FF").await, get(&app, "/%FF").await);
    assert_eq!((first.status.as_u16(), second.status.as_u16()), (400, 400));
    assert!(!second.is_hit());
}
