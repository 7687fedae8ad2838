//! Answers that no CDN is told the tags of.

use axum::Router;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::get as route;
use cache_core::{Cache, Caches, WithCaches, cache_control, cache_page, cached, vary_on};

use super::site::{Cdn, shop};
use crate::support::{Source, Visitor, get, get_with, run, site};

#[tokio::test]
async fn no_tags_are_sent_unless_they_are_asked_for() {
    let caches = Caches::new().with("default", Cache::memory(10));
    let app = shop().layer(WithCaches::new(caches));
    let answer = get(&app, "/tea/7").await;
    answer.assert_stored();
    assert_eq!(answer.field("cache-tag"), None);
}

#[tokio::test]
async fn what_a_cdn_must_not_keep_has_no_tags() {
    #[cache_page(ttl = "5m", guard(_visitor), tags("cdn:private"))]
    async fn guarded(_visitor: Visitor) -> String {
        format!("run {}", run())
    }
    #[cache_page(ttl = "5m", key = "cdn:own:{visitor.id}")]
    async fn own(visitor: Visitor) -> String {
        format!("{} run {}", visitor.id, run())
    }
    #[cache_page(ttl = "5m", tags("cdn:private"))]
    #[vary_on(cookies = ["theme"])]
    async fn varied() -> String {
        format!("run {}", run())
    }
    #[cache_page(ttl = "5m", tags("cdn:private"))]
    #[vary_on(headers = ["Accept"])]
    #[cache_control(private)]
    async fn said() -> String {
        format!("run {}", run())
    }
    #[cache_page(ttl = "5m", tags("cdn:private"))]
    async fn failed() -> Result<String, StatusCode> {
        Err(StatusCode::NOT_FOUND)
    }
    #[cache_page(ttl = "5m", tags("cdn:private"))]
    async fn cookie() -> impl IntoResponse {
        ([("set-cookie", "a=b")], "a")
    }
    let app = Router::new()
        .route("/guarded", route(guarded))
        .route("/own", route(own))
        .route("/varied", route(varied))
        .route("/said", route(said))
        .route("/failed", route(failed))
        .route("/cookie", route(cookie));
    let cdn = Cdn::before("private", app);
    for path in ["/guarded", "/own", "/varied", "/said", "/failed", "/cookie"] {
        for _ in 0..2 {
            let answer = get_with(&cdn.app, path, &[("x-visitor", "1")]).await;
            assert_eq!(answer.field("cache-tag"), None, "{answer:?}");
        }
    }
}

/// A value that is made of a stale one is for those who wait.
#[tokio::test]
async fn what_is_made_of_something_stale_has_no_tags() {
    static SOURCE: Source = Source::new();
    #[cached(ttl = "1m", stale_if_error = "1h", tags("cdn:source"))]
    async fn source() -> Result<String, StatusCode> {
        let (status, body) = SOURCE.page();
        if status.is_success() {
            Ok(body)
        } else {
            Err(status)
        }
    }
    #[cache_page(ttl = "5m", tags("cdn:tainted"))]
    async fn page() -> String {
        format!("{:?} run {}", source().await, run())
    }
    let cdn = Cdn::before("tainted", site(page));
    cdn.get("/").await.assert_stored();
    SOURCE.answers(500);
    cdn.cache.expire_tag("cdn:source").await.unwrap();
    let tainted = cdn.get("/").await;
    assert!(tainted.body.contains("run 1"), "{tainted:?}");
    assert!(tainted.cache().contains("stale"), "{tainted:?}");
    assert_eq!(tainted.field("cache-tag"), None);
}

#[tokio::test]
async fn an_answer_that_was_invalidated_on_its_way_is_kept_by_no_cdn() {
    #[cache_page(ttl = "5m", tags("cdn:race"))]
    #[cache_control(cdn = "1y", s_maxage = "1d", max_age = "1h")]
    async fn page() -> String {
        let cache = cache_core::cache();
        if cache.get::<bool>("cdn:race").await.unwrap().is_none() {
            cache.set("cdn:race", &true).await.unwrap();
            cache.invalidate_tag("cdn:race").await.unwrap();
        }
        format!("run {}", run())
    }
    let cdn = Cdn::before("race", site(page));
    let first = cdn.get("/").await;
    first.assert_refused("invalidated");
    assert_eq!(first.field("cdn-cache-control"), None, "{first:?}");
    let said = first.field("cache-control").unwrap();
    assert_eq!(said, "max-age=0, must-revalidate");
    let second = cdn.get("/").await;
    second.assert_stored();
    assert!(second.field("cdn-cache-control").is_some());
}
