//! `invalidate_path` and `clear`.

use axum::Router;
use axum::routing::get as route;
use cache_core::{cache_page, vary_on};

use crate::support::{assert_apart, assert_same, get, get_with, run, site};

#[tokio::test]
async fn a_path_without_a_query_is_every_query_host_and_variant() {
    #[vary_on(headers = ["Accept-Language"])]
    #[cache_page(ttl = "5m")]
    async fn page() -> String {
        format!("run {}", run())
    }
    let app = site(page);
    let requests: [(&str, &[(&str, &str)]); 5] = [
        ("/all", &[]),
        ("/all?page=2", &[]),
        ("/all?", &[]),
        ("/all", &[("host", "b.example")]),
        ("/all", &[("accept-language", "de")]),
    ];
    let mut before = Vec::new();
    for (target, fields) in requests {
        before.push(get_with(&app, target, fields).await);
    }
    let other = get(&app, "/all/1").await;
    page::invalidate_path("/all").await;
    for ((target, fields), before) in requests.into_iter().zip(&before) {
        assert_apart(before, &get_with(&app, target, fields).await);
    }
    assert_same(&other, &get(&app, "/all/1").await);
}

#[tokio::test]
async fn a_path_with_a_query_is_that_query() {
    #[cache_page(ttl = "5m")]
    async fn page() -> String {
        format!("run {}", run())
    }
    let app = site(page);
    let (second, third, none, empty) = (
        get(&app, "/posts?page=2&sort=new").await,
        get(&app, "/posts?page=3").await,
        get(&app, "/posts").await,
        get(&app, "/posts?").await,
    );
    let elsewhere = get_with(&app, "/posts?page=2&sort=new", &[("host", "b.example")]).await;
    page::invalidate_path("/posts?sort=new&page=2#top").await;
    assert_apart(&second, &get(&app, "/posts?page=2&sort=new").await);
    assert_apart(
        &elsewhere,
        &get_with(&app, "/posts?page=2&sort=new", &[("host", "b.example")]).await,
    );
    for (target, before) in [
        ("/posts?page=3", &third),
        ("/posts", &none),
        ("/posts?", &empty),
    ] {
        assert_same(before, &get(&app, target).await);
    }
    // No pairs are no query, because a query is often written by a program that may have none.
    page::invalidate_path("/posts?").await;
    assert_apart(&empty, &get(&app, "/posts?").await);
    assert_apart(&none, &get(&app, "/posts").await);
    assert_same(&third, &get(&app, "/posts?page=3").await);
}

#[tokio::test]
async fn with_a_list_of_parameters_only_those_count() {
    #[cache_page(ttl = "5m", query = ["page"])]
    async fn page() -> String {
        format!("run {}", run())
    }
    let app = site(page);
    let (second, none) = (
        get(&app, "/listed?page=2&utm=a").await,
        get(&app, "/listed?utm=a").await,
    );
    page::invalidate_path("/listed?utm=b&page=2").await;
    assert_apart(&second, &get(&app, "/listed?page=2").await);
    assert_same(&none, &get(&app, "/listed").await);
    page::invalidate_path("/listed?utm=b").await;
    assert_apart(&none, &get(&app, "/listed").await);
}

#[tokio::test]
async fn a_path_is_what_the_client_writes() {
    #[cache_page(ttl = "5m")]
    async fn page() -> String {
        format!("run {}", run())
    }
    let inner = Router::new().route("/{*path}", route(page));
    let app = Router::new().nest("/in", inner.clone()).merge(inner);
    for (target, written) in [
        ("/in/x", "/in/x"),
        ("/%C3%A9t%C3%A9", "/été"),
        ("/a%20b?q=%C3%A9", "/a b?q=é"),
        ("/plain", "plain"),
    ] {
        let before = get(&app, target).await;
        assert_same(&before, &get(&app, target).await);
        page::invalidate_path(written).await;
        assert_apart(&before, &get(&app, target).await);
    }
    let nested = get(&app, "/in/y").await;
    page::invalidate_path("/y").await;
    assert_same(&nested, &get(&app, "/in/y").await);
}

#[tokio::test]
async fn clear_and_invalidate_path_touch_no_neighbour() {
    #[cache_page(ttl = "5m")]
    async fn one() -> String {
        format!("run {}", run())
    }
    #[cache_page(ttl = "5m")]
    async fn other() -> String {
        format!("run {}", run())
    }
    let (left, right) = (site(one), site(other));
    let (first, second) = (get(&left, "/x").await, get(&right, "/x").await);
    one::invalidate_path("/x").await;
    assert_apart(&first, &get(&left, "/x").await);
    assert_same(&second, &get(&right, "/x").await);
    let first = get(&left, "/x").await;
    assert!(one::clear().await.into_result().is_ok());
    assert_apart(&first, &get(&left, "/x").await);
    assert_same(&second, &get(&right, "/x").await);
}

#[tokio::test]
async fn what_was_loaded_before_an_invalidation_is_not_kept_after_it() {
    static GATE: tokio::sync::Semaphore = tokio::sync::Semaphore::const_new(0);
    static ARRIVED: tokio::sync::Semaphore = tokio::sync::Semaphore::const_new(0);
    #[cache_page(ttl = "5m")]
    async fn page() -> String {
        let number = run();
        ARRIVED.add_permits(1);
        GATE.acquire().await.expect("open").forget();
        format!("run {number}")
    }
    let _clock = cache_core::testing::Clock::freeze();
    let app = site(page);
    let slow = tokio::spawn({
        let app = app.clone();
        async move { get(&app, "/overtaken").await }
    });
    ARRIVED.acquire().await.expect("open").forget();
    page::invalidate_path("/overtaken").await;
    GATE.add_permits(2);
    // Who comes after the invalidation does not join the load that began before it.
    let new = get(&app, "/overtaken").await;
    let old = slow.await.expect("a task");
    assert_apart(&old, &new);
    assert_same(&new, &get(&app, "/overtaken").await);
}
