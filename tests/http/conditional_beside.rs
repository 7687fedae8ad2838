//! `#[conditional]` beside the other attributes.

use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::StatusCode;
use cache_core::{cache_control, cache_page, conditional, never_cache, vary_on};

use crate::support::{
    DATE_OF_1, Post, Visitor, assert_304, get, get_with, request, run, send, site,
};

#[tokio::test]
async fn variants_have_tags_of_their_own() {
    #[vary_on(headers = ["Accept-Language"], cookies = ["theme"])]
    #[conditional(etag = "post:{post.revision}")]
    async fn above(post: Post) -> String {
        post.revision.to_string()
    }
    #[conditional(etag = "post:{post.revision}")]
    #[vary_on(headers = ["Accept-Language"], cookies = ["theme"])]
    async fn below(post: Post) -> String {
        post.revision.to_string()
    }
    #[cache_page(ttl = "5m")]
    #[vary_on(headers = ["Accept-Language"], cookies = ["theme"])]
    #[conditional(etag = "post:{post.revision}")]
    async fn page(post: Post) -> String {
        post.revision.to_string()
    }
    let mut tags = Vec::new();
    for app in [site(above), site(below), site(page)] {
        let tag = async |fields: &[(&str, &str)]| {
            let answer = get_with(&app, "/?1", fields).await;
            assert_eq!(
                answer.field("vary").as_deref(),
                Some("Accept-Language, Cookie")
            );
            answer.field("etag").expect("a tag")
        };
        let german = tag(&[("accept-language", "de")]).await;
        assert_eq!(
            tag(&[("accept-language", "de"), ("cookie", "id=1")]).await,
            german
        );
        assert_ne!(tag(&[("accept-language", "en")]).await, german);
        assert_ne!(
            tag(&[("accept-language", "de"), ("cookie", "theme=dark")]).await,
            german
        );
        let other = [
            ("accept-language", "en"),
            ("if-none-match", german.as_str()),
        ];
        assert_eq!(get_with(&app, "/?1", &other).await.status, StatusCode::OK);
        let same = [
            ("accept-language", "de"),
            ("if-none-match", german.as_str()),
        ];
        let known = get_with(&app, "/?1", &same).await;
        assert_304(&known);
        assert_eq!(
            known.field("vary").as_deref(),
            Some("Accept-Language, Cookie")
        );
        tags.push(german);
    }
    // What a page shows and what a handler that changes it asks for are one tag.
    assert_eq!((&tags[0], &tags[1]), (&tags[1], &tags[2]));
}

#[tokio::test]
async fn what_other_caches_are_told_is_in_a_304_too() {
    #[cache_control(public, max_age = post.revision)]
    #[conditional(etag = "post:{post.revision}")]
    async fn above(post: Post) -> String {
        post.revision.to_string()
    }
    #[conditional(etag = "post:{post.revision}")]
    #[cache_control(public, max_age = post.revision)]
    async fn below(post: Post) -> String {
        post.revision.to_string()
    }
    #[never_cache]
    #[conditional(etag = "post:{post.revision}")]
    async fn never_above(post: Post) -> String {
        post.revision.to_string()
    }
    #[conditional(etag = "post:{post.revision}")]
    #[never_cache]
    async fn never_below(post: Post) -> String {
        post.revision.to_string()
    }
    for (app, told) in [
        (site(above), "public, max-age=60"),
        (site(below), "public, max-age=60"),
        (
            site(never_above),
            "max-age=0, no-cache, no-store, must-revalidate, private",
        ),
        (
            site(never_below),
            "max-age=0, no-cache, no-store, must-revalidate, private",
        ),
    ] {
        let whole = get(&app, "/?60").await;
        assert_eq!(whole.body, "60");
        let tag = whole.field("etag").expect("a tag");
        let known = get_with(&app, "/?60", &[("if-none-match", &tag)]).await;
        assert_304(&known);
        for answer in [whole, known] {
            assert_eq!(answer.field("cache-control").as_deref(), Some(told));
        }
        let refused = send(&app, request("PUT", "/?60", &[("if-match", "\"other\"")])).await;
        assert_eq!(refused.status, StatusCode::PRECONDITION_FAILED);
        let shared = refused.field("cache-control").unwrap_or_default();
        assert!(!shared.contains("public"), "{shared}");
    }
}

#[tokio::test]
async fn a_page_is_kept_with_its_validators_and_a_hit_answers_by_them() {
    #[cache_page(ttl = "5m")]
    #[conditional(etag = "post:{post.revision}", last_modified = post.updated)]
    async fn below(post: Post) -> String {
        format!("revision {} run {}", post.revision, run())
    }
    #[conditional(etag = "post:{post.revision}", last_modified = post.updated)]
    #[cache_page(ttl = "5m")]
    async fn above(post: Post) -> String {
        format!("revision {} run {}", post.revision, run())
    }
    for app in [site(below), site(above)] {
        let first = get(&app, "/?1").await;
        first.assert_stored();
        let tag = first.field("etag").expect("a tag");
        assert!(tag.starts_with('"'), "{tag}");
        assert_eq!(first.field("last-modified").as_deref(), Some(DATE_OF_1));
        let hit = get(&app, "/?1").await;
        hit.assert_hit();
        assert_eq!(hit.body, first.body);
        let known = get_with(&app, "/?1", &[("if-none-match", &tag)]).await;
        assert_304(&known);
        known.assert_hit();
        assert_eq!(known.field("etag").as_deref(), Some(tag.as_str()));
        let known = get_with(&app, "/?1", &[("if-modified-since", DATE_OF_1)]).await;
        assert_304(&known);
        // A miss renders the page for all, also where its client has it already.
        let fresh = get(&app, "/?2").await.field("etag").expect("a tag");
        let app_of_another = get_with(&app, "/?3", &[("if-none-match", &fresh)]).await;
        assert_eq!(app_of_another.status, StatusCode::OK);
        app_of_another.assert_stored();
    }
}

#[tokio::test]
async fn a_miss_of_a_client_that_has_the_page_fills_the_cache() {
    #[cache_page(ttl = "5m")]
    #[conditional(etag = "post:{post.revision}")]
    async fn page(post: Post) -> String {
        format!("revision {} run {}", post.revision, run())
    }
    let app = site(page);
    let tag = get(&app, "/?1").await.field("etag").expect("a tag");
    page::clear().await;
    let known = get_with(&app, "/?1", &[("if-none-match", &tag)]).await;
    assert_304(&known);
    get(&app, "/?1").await.assert_hit();
}

#[tokio::test]
async fn a_change_through_a_page_is_checked_before_it_runs() {
    static CHANGES: AtomicU64 = AtomicU64::new(0);
    #[cache_page(ttl = "5m", key = "for:{visitor.id}")]
    #[conditional(etag = "of:{visitor.id}")]
    async fn page(visitor: Visitor) -> String {
        CHANGES.fetch_add(1, Ordering::SeqCst);
        visitor.id.to_string()
    }
    let app = site(page);
    let who = ("x-visitor", "7");
    let tag = get_with(&app, "/", &[who])
        .await
        .field("etag")
        .expect("a tag");
    let refused = send(&app, request("PUT", "/", &[who, ("if-match", "\"other\"")])).await;
    assert_eq!(refused.status, StatusCode::PRECONDITION_FAILED);
    assert_eq!(CHANGES.load(Ordering::SeqCst), 1);
    get_with(&app, "/", &[who]).await.assert_hit();
    let done = send(&app, request("PUT", "/", &[who, ("if-match", &tag)])).await;
    assert_eq!((done.status, done.field("etag")), (StatusCode::OK, None));
    assert_eq!(CHANGES.load(Ordering::SeqCst), 2);
    get_with(&app, "/", &[who]).await.assert_stored();
}
