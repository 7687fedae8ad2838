//! What `#[cache_control]` has browsers, proxies and CDNs be told of a page.

use axum::extract::{Query, RawQuery};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use cache_core::{cache_control, cache_page, vary_on};

use crate::cache_control::assert_told;
use crate::support::{Visitor, get, get_with, request, run, send, site};

#[tokio::test]
async fn a_page_is_kept_here_as_it_says_and_elsewhere_as_the_attribute_says() {
    #[cache_page(ttl = "5m")]
    #[cache_control(public, max_age = 3600, s_maxage = "1d", stale_if_error = "6h")]
    async fn below() -> String {
        format!("run {}", run())
    }
    #[cache_control(public, max_age = 3600, s_maxage = "1d", stale_if_error = "6h")]
    #[cache_page(ttl = "5m")]
    async fn above() -> String {
        format!("run {}", run())
    }
    for app in [site(below), site(above)] {
        let told = "public, max-age=3600, s-maxage=86400, stale-if-error=21600";
        let first = get(&app, "/").await;
        assert!(first.cache().ends_with("stored"), "{first:?}");
        assert_told(&first, told);
        let hit = get(&app, "/").await;
        hit.assert_hit();
        assert!(hit.cache().contains("ttl=299") || hit.cache().contains("ttl=300"));
        assert_told(&hit, told);
        let tag = hit.field("etag").expect("a tag");
        let known = get_with(&app, "/", &[("if-none-match", &tag)]).await;
        assert_eq!(known.status, StatusCode::NOT_MODIFIED);
        assert_told(&known, told);
    }
}

#[tokio::test]
async fn a_page_says_how_long_browsers_may_use_it_where_the_attribute_does_not() {
    #[cache_control(public, no_transform)]
    #[cache_page(ttl = "5m")]
    async fn plain() -> String {
        format!("run {}", run())
    }
    #[cache_page(ttl = "5m", tags("posts"))]
    #[cache_control(s_maxage = "1h")]
    async fn tagged() -> String {
        format!("run {}", run())
    }
    #[cache_page(ttl = "5m", tags("posts"))]
    #[cache_control(stale_while_revalidate = "1m")]
    async fn stale() -> String {
        format!("run {}", run())
    }
    #[cache_page(ttl = "5m")]
    #[cache_control(no_cache)]
    async fn asked() -> String {
        format!("run {}", run())
    }
    let answer = get(&site(plain), "/").await;
    assert_told(&answer, "public, no-transform, max-age=300");
    let answer = get(&site(tagged), "/").await;
    assert_told(&answer, "s-maxage=3600, max-age=0, must-revalidate");
    let answer = get(&site(stale), "/").await;
    assert_told(&answer, "stale-while-revalidate=60, max-age=0");
    assert_told(&get(&site(asked), "/").await, "no-cache");
}

#[tokio::test]
async fn the_times_of_a_page_may_follow_from_its_arguments() {
    #[cache_control(max_age = if query.contains_key("draft") { 0 } else { 60 })]
    #[cache_page(ttl = "5m")]
    async fn page(Query(query): Query<std::collections::BTreeMap<String, String>>) -> String {
        format!("{query:?} run {}", run())
    }
    let app = site(page);
    for _ in 0..2 {
        assert_told(&get(&app, "/").await, "max-age=60");
        assert_told(&get(&app, "/?draft=1").await, "max-age=0");
    }
}

#[tokio::test]
async fn a_page_for_one_visitor_stays_private_whatever_the_attribute_says() {
    #[cache_control(public, max_age = 3600, s_maxage = "1d", cdn = "1d")]
    #[cache_page(ttl = "5m", key = "for:{visitor.id}")]
    async fn keyed(visitor: Visitor) -> String {
        format!("{} run {}", visitor.id, run())
    }
    #[cache_control(public, max_age = 3600, s_maxage = "1d", cdn = "1d")]
    #[vary_on(headers = ["X-Visitor"])]
    #[cache_page(ttl = "5m", tags("pages"))]
    async fn varied() -> String {
        format!("run {}", run())
    }
    #[cache_control(private, max_age = 60)]
    #[cache_page(ttl = "5m", guard(_visitor))]
    async fn guarded(_visitor: Visitor) -> String {
        format!("run {}", run())
    }
    for (app, expected) in [
        (site(keyed), "private, max-age=3600"),
        (site(varied), "private, max-age=3600"),
        (site(guarded), "private, max-age=60"),
    ] {
        for _ in 0..2 {
            let answer = get_with(&app, "/", &[("x-visitor", "7")]).await;
            assert_told(&answer, expected);
            assert_eq!(answer.field("cdn-cache-control"), None);
        }
    }
}

#[tokio::test]
async fn what_is_not_kept_here_is_not_for_other_caches_either() {
    #[cache_control(public, max_age = 3600, no_transform)]
    #[cache_page(ttl = "5m", condition = !query.0.as_deref().unwrap_or_default().contains("fresh"))]
    async fn page(query: RawQuery) -> axum::response::Response {
        match query.0.as_deref() {
            Some("cookie") => [("set-cookie", "id=1")].into_response(),
            Some("error") => StatusCode::BAD_GATEWAY.into_response(),
            _ => "page".into_response(),
        }
    }
    let app = site(page);
    for target in ["/?cookie", "/?error"] {
        assert_told(&get(&app, target).await, "no-transform");
    }
    assert_told(&get(&app, "/?fresh").await, "private, no-store");
    let answer = send(&app, request("POST", "/", &[])).await;
    assert_told(&answer, "private, no-store");
}

#[tokio::test]
async fn a_life_for_cdns_alone_has_a_field_of_its_own() {
    #[cache_control(cdn = "1y", max_age = 60)]
    #[cache_page(ttl = "5m", tags("posts"))]
    async fn page() -> String {
        format!("run {}", run())
    }
    let app = site(page);
    let first = get(&app, "/").await;
    let tag = first.field("etag").expect("a tag");
    let known = get_with(&app, "/", &[("if-none-match", &tag)]).await;
    assert_eq!(known.status, StatusCode::NOT_MODIFIED);
    for answer in [first, get(&app, "/").await, known] {
        let cdn = answer.field("cdn-cache-control");
        assert_eq!(cdn.as_deref(), Some("max-age=31536000"));
        assert_told(&answer, "max-age=60");
    }
}
