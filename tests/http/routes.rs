//! Handlers do not share, and what stands in front of a page runs whatever the cache holds.

use axum::Router;
use axum::extract::{Extension, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::get as route;
use cache_core::{cache_page, vary_on};
use tower_http::compression::CompressionLayer;
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::support::{assert_apart, assert_same, get, get_with, request, run, send};

#[tokio::test]
async fn two_handlers_of_one_path_do_not_share() {
    #[cache_page(ttl = "5m")]
    async fn one() -> String {
        format!("one run {}", run())
    }
    #[cache_page(ttl = "5m")]
    async fn other() -> String {
        format!("other run {}", run())
    }
    let (one, other) = (
        Router::new().route("/", route(one)),
        Router::new().route("/", route(other)),
    );
    assert!(get(&one, "/").await.body.starts_with("one "));
    assert!(get(&other, "/").await.body.starts_with("other "));
}

#[tokio::test]
async fn copies_of_a_generic_handler_do_not_share() {
    #[cache_page(ttl = "5m")]
    async fn page<T: Default + std::fmt::Debug + Send + 'static>() -> String {
        format!("{:?} run {}", T::default(), run())
    }
    let app = Router::new().route("/", route(page::<u8>));
    let other = Router::new().route("/", route(page::<String>));
    assert!(get(&app, "/").await.body.starts_with("0 "));
    assert!(get(&other, "/").await.body.starts_with("\"\" "));
    get(&app, "/").await.assert_hit();
}

async fn login(request: Request, next: Next) -> Response {
    if request.headers().contains_key("x-login") {
        next.run(request).await
    } else {
        StatusCode::FORBIDDEN.into_response()
    }
}

#[tokio::test]
async fn a_login_in_front_runs_on_hits() {
    #[cache_page(ttl = "5m")]
    async fn page() -> String {
        format!("run {}", run())
    }
    let app = Router::new()
        .route("/", route(page))
        .route_layer(from_fn(login));
    get_with(&app, "/", &[("x-login", "1")])
        .await
        .assert_stored();
    get_with(&app, "/", &[("x-login", "1")]).await.assert_hit();
    assert_eq!(get(&app, "/").await.status, StatusCode::FORBIDDEN);
    assert_eq!(
        get_with(&app, "/", &[("if-none-match", "*")]).await.status,
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn layers_outside_add_to_what_is_kept() {
    async fn cors(request: Request, next: Next) -> Response {
        let mut answer = next.run(request).await;
        answer
            .headers_mut()
            .append("vary", "Origin".parse().expect("a value"));
        answer.headers_mut().append(
            "set-cookie",
            format!("session={}", run()).parse().expect("a value"),
        );
        answer
    }
    #[vary_on(headers = ["Accept-Language"])]
    #[cache_page(ttl = "5m")]
    async fn page() -> String {
        format!("run {}", run())
    }
    let app = Router::new().route("/", route(page)).layer(from_fn(cors));
    let (first, second) = (get(&app, "/").await, get(&app, "/").await);
    second.assert_hit();
    assert_same(&first, &second);
    assert_eq!(
        second.field("vary").as_deref(),
        Some("Accept-Language, Origin")
    );
    assert_ne!(first.field("set-cookie"), second.field("set-cookie"));
    assert_eq!(second.headers.get_all("set-cookie").iter().count(), 1);
}

#[tokio::test]
async fn layers_of_cors_and_compression_see_the_page_and_keep_its_vary() {
    #[vary_on(headers = ["Accept-Language"])]
    #[cache_page(ttl = "5m")]
    async fn page() -> String {
        format!("run {} {}", run(), "worth its compression ".repeat(100))
    }
    let cors = || CorsLayer::new().allow_origin(AllowOrigin::mirror_request());
    let app = || Router::new().route("/", route(page));
    for app in [
        app().layer(cors()).layer(CompressionLayer::new()),
        app().layer(CompressionLayer::new()).layer(cors()),
    ] {
        page::clear().await;
        let zipped = get_with(
            &app,
            "/",
            &[("origin", "https://a.example"), ("accept-encoding", "gzip")],
        )
        .await;
        assert!(zipped.cache().contains("; stored"), "{zipped:?}");
        assert_eq!(zipped.field("content-encoding").as_deref(), Some("gzip"));
        let plain = get_with(&app, "/", &[("origin", "https://b.example")]).await;
        plain.assert_hit();
        assert!(plain.body.starts_with("run "), "{plain:?}");
        assert_eq!(plain.field("content-encoding"), None);
        let again = get_with(&app, "/", &[("accept-encoding", "gzip")]).await;
        again.assert_hit();
        assert_eq!(again.field("content-encoding").as_deref(), Some("gzip"));
        for (answer, origin) in [
            (&zipped, Some("https://a.example")),
            (&plain, Some("https://b.example")),
        ] {
            assert_eq!(
                answer.field("access-control-allow-origin").as_deref(),
                origin
            );
            let vary = answer.field("vary").unwrap_or_default().to_lowercase();
            for name in ["accept-language", "accept-encoding", "origin"] {
                assert!(vary.contains(name), "{name}: {vary}");
            }
        }
    }
}

#[tokio::test]
async fn state_of_any_type_and_routers_of_any_shape() {
    #[derive(Clone)]
    struct Name(&'static str);
    #[cache_page(ttl = "5m")]
    async fn page(State(Name(name)): State<Name>) -> String {
        format!("{name} run {}", run())
    }
    let inner: Router<Name> = Router::new().route("/page", route(page).post(page));
    let app = inner
        .clone()
        .nest("/in", inner)
        .fallback(page)
        .with_state(Name("state"));
    for path in ["/page", "/in/page", "/elsewhere"] {
        let first = get(&app, path).await;
        assert!(first.body.starts_with("state run "), "{first:?}");
        assert_same(&first, &get(&app, path).await);
    }
    let posted = send(&app, request("POST", "/page", &[])).await;
    assert_apart(&posted, &send(&app, request("POST", "/page", &[])).await);
}

#[tokio::test]
async fn handlers_of_an_impl_block() {
    struct Views;
    #[cache_page(ttl = "5m")]
    #[vary_on(headers = ["Accept-Language"])]
    impl Views {
        async fn list() -> String {
            format!("list run {}", run())
        }
        async fn detail(axum::extract::Path(slug): axum::extract::Path<String>) -> String {
            format!("{slug} run {}", run())
        }
    }
    let app = Router::new()
        .route("/", route(Views::list))
        .route("/{slug}", route(Views::detail));
    let list = get(&app, "/").await;
    assert_same(&list, &get(&app, "/").await);
    assert_apart(
        &list,
        &get_with(&app, "/", &[("accept-language", "de")]).await,
    );
    let detail = get(&app, "/a").await;
    assert_same(&detail, &get(&app, "/a").await);
    Views::detail_invalidate_path("/a").await;
    assert_apart(&detail, &get(&app, "/a").await);
    assert_same(&list, &get(&app, "/").await);
    assert_eq!(
        (Views::list_stats().hits, Views::list_stats().loads),
        (2, 2)
    );
}

#[tokio::test]
async fn extensions_of_the_request_reach_what_is_set_aside() {
    #[cache_page(ttl = "5m", skip(id))]
    async fn page(id: Option<Extension<u64>>) -> String {
        format!("{:?}", id.map(|Extension(id)| id))
    }
    let app = Router::new()
        .route("/", route(page))
        .layer(Extension(7_u64));
    assert_eq!(get(&app, "/").await.body, "Some(7)");
}
