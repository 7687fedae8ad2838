//! Pages that are rendered again after an invalidation, before anybody asks.

use std::time::Duration;

use crate::Turn;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::routing::get as route;
use axum::{Extension, Router};
use cache_core::{cache, cache_page, drain, invalidate_tag, invalidates, vary_on};

use crate::support::{Source, get, get_with, request, run, send, site};

const SOON: Duration = Duration::from_secs(20);

async fn settle() {
    assert!(drain(SOON).await);
}

#[tokio::test]
async fn after_an_invalidation_the_pages_are_there_before_anybody_asks() {
    static SOURCE: Source = Source::new();
    #[cache_page(ttl = "10m", tags("warm:plain"), warm = 3)]
    async fn page() -> (StatusCode, String) {
        SOURCE.page()
    }

    let (_clock, app) = (Turn::take().await, site(page));
    for path in ["/a", "/b?x=1", "/c/%2Fd"] {
        get(&app, path).await.assert_stored();
    }
    for path in ["/a", "/b?x=1", "/c/%2Fd"] {
        get(&app, path).await.assert_hit();
    }
    invalidate_tag("warm:plain").await.unwrap();
    settle().await;
    assert_eq!(SOURCE.runs(), 6);
    for path in ["/a", "/b?x=1", "/c/%2Fd"] {
        get(&app, path).await.assert_hit();
    }
    let stats = page::stats();
    assert_eq!(
        (stats.hits, stats.misses, stats.loads),
        (6, 3, 6),
        "a page that nobody has asked for is neither a hit nor a miss"
    );
}

#[tokio::test]
async fn every_kind_of_invalidation_is_followed_by_its_pages() {
    static SOURCE: Source = Source::new();
    #[cache_page(ttl = "10m", tags("warm:kinds"), warm = 1)]
    async fn page() -> (StatusCode, String) {
        SOURCE.page()
    }
    #[invalidates(tags("warm:kinds"))]
    async fn save() {}
    #[invalidates(tags("warm:kinds"))]
    fn save_now() {}

    let (_clock, app) = (Turn::take().await, site(page));
    get(&app, "/kinds").await.assert_stored();
    let mut runs = 1;
    let mut is_warm = async |what: &str, more: u64| {
        settle().await;
        runs += more;
        assert_eq!(SOURCE.runs(), runs, "{what}");
        get(&app, "/kinds").await.assert_hit();
    };
    invalidate_tag("warm:kinds").await.unwrap();
    is_warm("a tag", 1).await;
    save().await;
    is_warm("a function that invalidates", 1).await;
    std::thread::spawn(save_now).join().unwrap();
    is_warm("a thread without a runtime", 1).await;
    let mut batch = cache_core::batch();
    batch.tag("warm:kinds");
    batch.commit().await.unwrap();
    is_warm("a batch", 1).await;
    page::invalidate_path("/kinds").await.into_result().unwrap();
    is_warm("a path", 1).await;
    page::clear().await.into_result().unwrap();
    is_warm("the page as a whole", 1).await;
    cache().expire_tag("warm:kinds").await.unwrap();
    is_warm("a soft invalidation", 1).await;
    assert_eq!(send(&app, request("POST", "/kinds", &[])).await.status, 200);
    is_warm("an unsafe method", 2).await;
}

#[tokio::test]
async fn what_was_not_reached_is_not_rendered() {
    static SOURCE: Source = Source::new();
    #[cache_page(ttl = "10m", tags("warm:{which}"), warm = 10)]
    async fn page(Path(which): Path<String>) -> (StatusCode, String) {
        let _ = which;
        SOURCE.page()
    }

    let (clock, app) = (Turn::take().await, site(page));
    for path in ["/one", "/other"] {
        get(&app, path).await.assert_stored();
    }
    invalidate_tag("warm:one").await.unwrap();
    invalidate_tag("warm:nothing").await.unwrap();
    settle().await;
    assert_eq!(SOURCE.runs(), 3);
    clock.advance(Duration::from_secs(700));
    invalidate_tag("warm:nothing").await.unwrap();
    settle().await;
    assert_eq!(SOURCE.runs(), 3, "the end of a life is no invalidation");
}

#[tokio::test]
async fn only_those_asked_for_most_are_rendered() {
    static SOURCE: Source = Source::new();
    #[cache_page(ttl = "10m", tags("warm:most"), warm = 2)]
    async fn page() -> (StatusCode, String) {
        SOURCE.page()
    }

    let (_clock, app) = (Turn::take().await, site(page));
    for (path, asks) in [("/rare", 1), ("/often", 8), ("/once", 1), ("/most", 30)] {
        for _ in 0..asks {
            get(&app, path).await;
        }
    }
    // A crawler asks for each of many pages once.
    for page in 0..100 {
        get(&app, &format!("/crawled/{page}")).await;
    }
    let before = SOURCE.runs();
    invalidate_tag("warm:most").await.unwrap();
    settle().await;
    assert_eq!(SOURCE.runs() - before, 2);
    for path in ["/often", "/most"] {
        get(&app, path).await.assert_hit();
    }
    get(&app, "/rare").await.assert_stored();
}

#[tokio::test]
async fn a_page_is_rendered_on_its_key_in_its_state() {
    #[cache_page(ttl = "10m", tags("warm:key"), warm = 10, query = ["q"])]
    #[vary_on(headers = ["Accept-Language"], cookies = ["theme"])]
    async fn page(
        State(state): State<&'static str>,
        Path((user, post)): Path<(String, String)>,
        uri: Uri,
        headers: HeaderMap,
    ) -> String {
        let names: Vec<_> = headers
            .iter()
            .map(|(name, value)| format!("{name}={}", value.to_str().unwrap()))
            .collect();
        format!(
            "{state} {user} {post} {uri} {} run {}",
            names.join(","),
            run()
        )
    }

    let _clock = Turn::take().await;
    let inner = Router::new().route("/posts/{*post}", route(page));
    let app = Router::new()
        .nest("/users/{user}", inner)
        .with_state("state");
    let fields = [
        ("host", "example.org"),
        ("accept-language", "de"),
        ("cookie", "theme=dark; session=secret"),
        ("user-agent", "a client"),
        ("if-none-match", "\"x\""),
    ];
    let target = "/users/a%20b%2F%C3%A9/posts/x/y%25?q=1&z=2";
    let first = get_with(&app, target, &fields).await;
    first.assert_stored();
    invalidate_tag("warm:key").await.unwrap();
    settle().await;
    let again = get_with(&app, target, &fields).await;
    again.assert_hit();
    let without_run = |answer: &str| answer.split(" run ").next().map(str::to_owned);
    assert_ne!(first.body, again.body);
    assert_eq!(without_run(&first.body), without_run(&again.body));
    assert_eq!(page::stats().loads, 2);
}

/// What a layer has put into the request, whatever it was then.
struct Setting(u64);

impl<S: Sync> axum::extract::FromRequestParts<S> for Setting {
    type Rejection = StatusCode;

    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        _: &S,
    ) -> Result<Self, StatusCode> {
        let setting = parts.extensions.get::<u64>();
        setting
            .map(|value| Self(*value))
            .ok_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl cache_core::PageInput for Setting {}

#[tokio::test]
async fn nothing_that_layers_have_told_of_a_client_is_used_again() {
    #[cache_page(ttl = "10m", tags("warm:layers"), warm = 10)]
    async fn page(setting: Setting) -> String {
        format!("setting {}", setting.0)
    }

    let _clock = Turn::take().await;
    let app = |setting: u64| site(page).layer(Extension(setting));
    get(&app(1), "/").await.assert_stored();
    invalidate_tag("warm:layers").await.unwrap();
    settle().await;
    let answer = get(&app(2), "/").await;
    answer.assert_stored();
    assert_eq!(answer.body, "setting 2");
}
