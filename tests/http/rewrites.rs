//! What a middleware rewrites: whatever an extractor can read follows from the key.
#![expect(
    clippy::too_many_arguments,
    reason = "a handler of all extractors that there are"
)]

use std::collections::HashMap;

use axum::Router;
use axum::extract::rejection::{NestedPathRejection, PathRejection};
use axum::extract::{
    MatchedPath, NestedPath, OriginalUri, Path, Query, RawPathParams, RawQuery, Request,
};
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, Uri};
use axum::routing::{any, get as route};
use cache_core::{cache_page, vary_on};
use tower::ServiceExt;

use crate::support::{assert_apart, assert_same, get, get_with, run};

/// Sends a request with a header `x-to` to that target, as a middleware would that knows more of it.
fn rewrite(mut request: Request) -> Request {
    for (name, value) in request.headers().clone() {
        let text = value.to_str().expect("text").to_owned();
        match name.as_ref().map(HeaderName::as_str) {
            Some("x-to") => *request.uri_mut() = text.parse().expect("a target"),
            Some("x-original") => {
                let original: Uri = text.parse().expect("a target");
                request.extensions_mut().insert(OriginalUri(original));
            }
            Some("x-host") => drop(request.headers_mut().insert("host", value)),
            _ => {}
        }
    }
    request
}

/// A router that notes the client's target, around a rewrite, around the router that matches.
fn behind_a_rewrite(inner: Router) -> Router {
    Router::new().fallback_service(inner.map_request(rewrite))
}

#[tokio::test]
async fn parameters_that_a_rewrite_has_set_are_in_the_key() {
    #[cache_page(ttl = "5m")]
    async fn posts(Path(tenant): Path<String>) -> String {
        format!("{tenant} run {}", run())
    }
    let inner = Router::new().nest("/t/{tenant}", Router::new().route("/posts", route(posts)));
    let app = behind_a_rewrite(inner);
    let of = async |to| get_with(&app, "/posts", &[("x-to", to)]).await;
    let alice = of("/t/alice/posts").await;
    let bob = of("/t/bob/posts").await;
    assert!(alice.body.starts_with("alice run "), "{alice:?}");
    assert!(bob.body.starts_with("bob run "), "{bob:?}");
    assert_same(&alice, &of("/t/alice/posts").await);
    assert_same(&bob, &of("/t/bob/posts").await);
    // Clients have asked for `/posts`, whatever became of it.
    posts::invalidate_path("/posts").await;
    assert_apart(&alice, &of("/t/alice/posts").await);
}

#[tokio::test]
async fn a_rewritten_query_is_keyed_and_shown() {
    #[cache_page(ttl = "5m")]
    async fn list(Query(pairs): Query<HashMap<String, String>>, RawQuery(raw): RawQuery) -> String {
        format!("{:?} {raw:?} run {}", pairs.get("lang"), run())
    }
    #[cache_page(ttl = "5m", query = ["lang"])]
    async fn listed(RawQuery(raw): RawQuery) -> String {
        format!("{raw:?} run {}", run())
    }
    let inner = Router::new()
        .route("/list", route(list))
        .route("/listed", route(listed));
    let app = behind_a_rewrite(inner);
    let german = get_with(&app, "/list", &[("x-to", "/list?lang=de")]).await;
    assert!(
        german
            .body
            .starts_with("Some(\"de\") Some(\"lang=de\") run "),
        "{german:?}"
    );
    assert_same(
        &german,
        &get_with(&app, "/list", &[("x-to", "/list?lang=de")]).await,
    );
    for to in ["/list", "/list?", "/list?lang=fr", "/list?lang=de&x"] {
        assert_apart(&german, &get_with(&app, "/list", &[("x-to", to)]).await);
    }
    assert_apart(&german, &get(&app, "/list?lang=de").await);
    let german = get_with(&app, "/listed?utm=1", &[("x-to", "/listed?utm=1&lang=de")]).await;
    assert!(german.body.starts_with("Some(\"lang=de\") run "));
    assert_same(
        &german,
        &get_with(&app, "/listed?utm=2", &[("x-to", "/listed?lang=de")]).await,
    );
    list::invalidate_path("/list").await;
    get_with(&app, "/list", &[("x-to", "/list?lang=de")])
        .await
        .assert_stored();
}

/// Everything that axum's extractors read of a request, on one line.
fn seen(
    uri: &Uri,
    original: &Uri,
    matched: Option<&MatchedPath>,
    nested: Result<&NestedPath, &NestedPathRejection>,
    parameters: Option<&RawPathParams>,
    path: Result<&HashMap<String, String>, &PathRejection>,
    query: &[(String, String)],
    raw: Option<&str>,
    headers: &HeaderMap,
) -> String {
    let parameters: Option<Vec<_>> = parameters.map(|all| all.iter().collect());
    let mut path: Option<Vec<_>> = path.ok().map(|path| path.iter().collect());
    if let Some(path) = &mut path {
        path.sort();
    }
    let fields = ["host", "x-kind", "cookie"]
        .map(|name| headers.get_all(name).into_iter().collect::<Vec<_>>());
    let (matched, nested) = (
        matched.map(MatchedPath::as_str),
        nested.ok().map(NestedPath::as_str),
    );
    format!(
        "{:?} {original:?} {matched:?} {nested:?} {parameters:?} {path:?} {query:?} {raw:?} {fields:?}",
        uri.path_and_query()
    )
}

macro_rules! page_and_its_twin {
    ($name:ident, $twin:ident) => {
        page_and_its_twin!(@ #[vary_on(headers = ["X-Kind"], cookies = ["theme"])] #[cache_page(ttl = "5m")] $name);
        page_and_its_twin!(@ $twin);
    };
    (@ $(#[$attribute:meta])* $name:ident) => {
        $(#[$attribute])*
        async fn $name(
            method: Method,
            uri: Uri,
            OriginalUri(original): OriginalUri,
            matched: Option<MatchedPath>,
            nested: Result<NestedPath, NestedPathRejection>,
            parameters: Result<RawPathParams, axum::extract::rejection::RawPathParamsRejection>,
            path: Result<Path<HashMap<String, String>>, PathRejection>,
            Query(query): Query<Vec<(String, String)>>,
            RawQuery(raw): RawQuery,
            headers: HeaderMap,
        ) -> String {
            assert_eq!(method, Method::GET);
            let path = path.map(|Path(path)| path);
            seen(
                &uri,
                &original,
                matched.as_ref(),
                nested.as_ref(),
                parameters.ok().as_ref(),
                path.as_ref(),
                &query,
                raw.as_deref(),
                &headers,
            )
        }
    };
}

page_and_its_twin!(page, twin);

/// Routers of every shape around one handler.
fn routers<H, T>(handler: &H) -> [Router; 3]
where
    H: axum::handler::Handler<T, ()>,
    T: 'static,
{
    let routed = || any(handler.clone());
    let leaf = || {
        Router::new()
            .route("/", routed())
            .route("/{b}", routed())
            .route("/{b}/{c}", routed())
            .fallback(handler.clone())
    };
    let inner = || {
        Router::new()
            .route("/", routed())
            .route("/posts", routed())
            .route("/rest/{*rest}", routed())
            .route("/two/{a}/{b}", routed())
            .route("/owt/{b}/{a}", routed())
            .nest("/n/{a}", leaf())
            .nest("/m", leaf())
            .nest("/k/{a}", Router::new().nest("/l", leaf()))
            .nest_service("/s/{a}", leaf())
            .route_service("/r/{a}", leaf().map_request(rewrite))
            .route_service("/q", leaf().map_request(rewrite))
            .fallback(handler.clone())
    };
    [
        inner(),
        behind_a_rewrite(inner()),
        Router::new().nest("/m", behind_a_rewrite(inner())),
    ]
}

const TARGETS: &[&str] = &[
    "/",
    "/posts",
    "/posts?",
    "/posts?lang=de",
    "/posts?lang=fr",
    "/posts?lang=de&lang=fr",
    "/rest/a/b",
    "/rest/a%2Fb",
    "/two/a/b",
    "/two/b/a",
    "/two/%61/b",
    "/owt/a/b",
    "/n/a",
    "/n/a/",
    "/n/a/b",
    "/n/b/a",
    "/n/a/b/c",
    "/n/a/b/c/d",
    "/m/b",
    "/k/a",
    "/k/a/l",
    "/k/a/l/b",
    "/k/b/l/a",
    "/k/a/l/b/c",
    "/s/a",
    "/s/a/b",
    "/s/b/b",
    "/r/a",
    "/r/b",
    "/q",
    "/elsewhere",
    "/m/posts?lang=de",
    "/m/two/a/b",
];

const FIELDS: &[&[(&str, &str)]] = &[
    &[],
    &[("host", "a.example")],
    &[("host", "b.example")],
    &[("x-host", "b.example"), ("host", "a.example")],
    &[("x-kind", "a")],
    &[("x-kind", "b")],
    &[("x-kind", "")],
    &[("cookie", "theme=dark")],
    &[("cookie", "theme=light")],
    &[("x-original", "/posts?lang=de")],
    &[("x-original", "/two/x/y")],
    &[("x-undeclared", "1")],
];

fn requests() -> Vec<(&'static str, Vec<(&'static str, &'static str)>)> {
    let mut all = Vec::new();
    for target in TARGETS {
        for fields in FIELDS {
            all.push((*target, fields.to_vec()));
        }
        for to in TARGETS {
            all.push((*target, vec![("x-to", *to)]));
        }
    }
    all
}

#[tokio::test]
async fn whatever_an_extractor_reads_follows_from_the_key() {
    let (pages, twins) = (routers(&page), routers(&twin));
    let mut views = Vec::new();
    for (app, twin) in pages.iter().zip(&twins) {
        for (target, fields) in requests() {
            let shown = get_with(twin, target, &fields).await;
            // Here the page may come from the cache already: of whom it was, the body says.
            let cached = get_with(app, target, &fields).await;
            assert_eq!(cached.body, shown.body, "{target} {fields:?}");
            if shown.status == StatusCode::OK {
                views.push((app, target, fields, shown.body));
            }
        }
    }
    for (app, target, fields, shown) in views.iter().rev() {
        let cached = get_with(app, target, fields).await;
        assert_eq!(&cached.body, shown, "{target} {fields:?}");
        cached.assert_hit();
    }
    let mut distinct: Vec<_> = views.iter().map(|(.., shown)| shown).collect();
    distinct.sort();
    distinct.dedup();
    assert_eq!(page::stats().loads, distinct.len() as u64);
}
