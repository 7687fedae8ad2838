//! Why calls have missed: which invalidation is named, and when another variant is.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use cache_core::dashboard::Dashboard;
use cache_core::testing::{Clock, scope, scope_blocking};
use cache_core::{Caches, MissReason, cache, cache_page, cached, invalidates, vary_on};
use http::Request;

use crate::support::{ask, json, mounted, site, text};

#[tokio::test]
async fn an_invalidation_that_caused_a_miss_is_older_than_the_miss() {
    #[cached(key = "older:{id}", tags("older"))]
    fn older(id: u64) -> u64 {
        id
    }
    #[invalidates(tags("older"))]
    async fn save() -> Result<(), String> {
        Ok(())
    }
    let work = async {
        let app = mounted(Dashboard::new());
        let clock = Clock::freeze();
        older(1);
        save().await.unwrap();
        clock.advance(Duration::from_secs(1));
        older(1);
        clock.advance(Duration::from_mins(10));
        save().await.unwrap();
        clock.advance(Duration::from_secs(1));
        let id = site(&app, "why::older").await;
        let detail = json(&app, &format!("site/{}", id["id"])).await;
        let recent = &detail["recent"][0];
        assert_eq!(recent["reason"], "invalidated", "{recent}");
        assert!(
            recent["by"]["ago"].as_f64() >= recent["ago"].as_f64(),
            "{recent}"
        );
    };
    scope(Caches::new(), work).await;
}

#[test]
fn an_invalidation_that_is_repeated_keeps_the_time_at_which_it_ended_a_value() {
    #[cached(key = "repeated:{id}", tags("repeated"))]
    fn repeated(id: u64) -> u64 {
        id
    }
    let clock = Clock::freeze();
    scope_blocking(Caches::new(), || {
        let invalidate = || cache().blocking().invalidate_tag("repeated").unwrap();
        repeated(1);
        for _ in 0..2 {
            invalidate();
            repeated(1);
            clock.advance(Duration::from_secs(30));
        }
        invalidate();
        clock.advance(Duration::from_secs(30));
        let by = repeated::why(&1).invalidation.unwrap();
        assert_eq!(by.ago, Duration::from_secs(30));
    });
}

#[test]
fn the_first_invalidation_of_a_value_is_named() {
    #[cached(key = "first:{id}", tags("first:a", "first:b"))]
    fn post(id: u64) -> u64 {
        id
    }
    let clock = Clock::freeze();
    scope_blocking(Caches::new(), || {
        let invalidate = |tag: &str| cache().blocking().invalidate_tag(tag).unwrap();
        invalidate("first:b");
        clock.advance(Duration::from_mins(1));
        post(1);
        invalidate("first:a");
        clock.advance(Duration::from_mins(1));
        invalidate("first:b");
        let why = post::why(&1).to_string();
        assert!(why.contains("first:a"), "{why}");
    });
}

async fn read_in(app: &Router, language: &str) {
    let request = Request::get("/").header("host", "localhost");
    let request = request.header("accept-language", language);
    text(ask(app, request.body(Body::empty()).unwrap()).await).await;
}

#[tokio::test]
async fn another_variant_is_a_reason_while_it_is_kept() {
    #[cache_page(ttl = "10s")]
    #[vary_on(headers = ["Accept-Language"])]
    async fn page() -> &'static str {
        "x"
    }
    let clock = Clock::freeze();
    let app: Router = Router::new().route("/", get(page));
    let variants = || page::stats().missed[MissReason::Variant];
    read_in(&app, "de").await;
    read_in(&app, "en").await;
    assert_eq!(variants(), 1);
    clock.advance(Duration::from_secs(10));
    read_in(&app, "fr").await;
    assert_eq!((page::stats().misses, variants()), (3, 1));
}

#[tokio::test]
async fn another_variant_is_no_reason_where_none_is_kept() {
    #[cache_page(ttl = "1h")]
    #[vary_on(headers = ["Accept-Language"])]
    async fn refused() -> Response {
        ([("cache-control", "no-store")], "x").into_response()
    }
    let app: Router = Router::new().route("/", get(refused));
    read_in(&app, "de").await;
    read_in(&app, "en").await;
    let stats = refused::stats();
    assert_eq!((stats.misses, stats.missed[MissReason::Variant]), (2, 0));
}
