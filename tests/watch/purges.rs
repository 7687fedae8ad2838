//! Purges from the dashboard, and who may not.

use axum::Router;
use axum::body::Body;
use cache_core::dashboard::Dashboard;
use cache_core::testing::scope;
use cache_core::{CachePageLayer, Caches, MissReason, cached};
use http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::support::{ask, json, mounted, site, text};

async fn purge(app: &Router, token: &str, what: &Value) -> (StatusCode, Value) {
    let request = Request::post("/_cache/api/purge")
        .header("host", "localhost:3000")
        .header("origin", "http://localhost:3000")
        .header("content-type", "application/json")
        .header("x-cache-token", token)
        .body(Body::from(what.to_string()));
    let response = ask(app, request.unwrap()).await;
    let status = response.status();
    (status, serde_json::from_str(&text(response).await).unwrap())
}

async fn token(app: &Router) -> String {
    let overview = json(app, "overview").await;
    assert_eq!(overview["read_only"], false);
    overview["token"].as_str().unwrap().to_owned()
}

#[cached(key = "purge:{n}", tags("purge:all"), namespace = "purged")]
fn number(n: u64) -> u64 {
    n
}

/// A layer that comes before `own` in the list of sites, which is in the order of lines.
fn earlier_layer() -> CachePageLayer {
    let layer = CachePageLayer::new("1m");
    assert_eq!(layer.stats().loads, 0);
    layer
}

#[cached]
fn own(n: u64) -> u64 {
    n
}

#[tokio::test]
async fn everything_that_can_be_named_can_be_purged() {
    let app = mounted(Dashboard::new().with_purge());
    let work = async {
        let token = token(&app).await;
        let id = site(&app, "purges::number").await["id"].to_string();
        let own_id = site(&app, "purges::own").await["id"].to_string();
        for what in [
            json!({"what": "tag", "name": "purge:all"}),
            json!({"what": "tag", "name": "purge:all", "cache": "default"}),
            json!({"what": "namespace", "name": "purged", "cache": null}),
            json!({"what": "key", "name": "purged/purge:1", "cache": "default"}),
            json!({"what": "site", "name": id}),
            json!({"what": "cache", "name": "default"}),
        ] {
            number(1);
            assert_eq!(number::peek(&1), Some(1));
            let purged = purge(&app, &token, &what).await;
            assert_eq!(purged, (StatusCode::OK, json!({"done": true})), "{what}");
            assert_eq!(number::peek(&1), None, "{what}");
        }
        own(1);
        purge(&app, &token, &json!({"what": "site", "name": own_id})).await;
        assert_eq!(own::peek(&1), None);
        let why = own::why(&1);
        assert_eq!(why.reason, MissReason::Invalidated);
        assert_eq!(why.invalidation.unwrap().function, Some("the dashboard"));
    };
    scope(Caches::new(), work).await;
}

#[tokio::test]
async fn a_page_that_was_loaded_before_a_layer_was_made_purges_what_it_shows() {
    let app = mounted(Dashboard::new().with_purge());
    let work = async {
        let (token, shown) = (token(&app).await, site(&app, "purges::own").await);
        let layer = earlier_layer();
        own(3);
        let what = json!({"what": "site", "name": shown["id"].to_string()});
        assert_eq!(purge(&app, &token, &what).await.0, StatusCode::OK);
        assert_eq!(own::peek(&3), None);
        assert_eq!(site(&app, "purges::own").await["id"], shown["id"]);
        drop(layer);
    };
    scope(Caches::new(), work).await;
}

#[tokio::test]
async fn nobody_else_purges() {
    let app = mounted(Dashboard::new().with_purge());
    let work = async {
        number(2);
        let (all, own) = (
            json!({"what": "tag", "name": "purge:all"}),
            token(&app).await,
        );
        assert_eq!(purge(&app, "", &all).await.0, StatusCode::FORBIDDEN);
        assert_eq!(
            purge(&app, &"0".repeat(32), &all).await.0,
            StatusCode::FORBIDDEN
        );
        let other = Request::post("/_cache/api/purge")
            .header("host", "localhost:3000")
            .header("origin", "http://evil.example")
            .header("content-type", "application/json")
            .header("x-cache-token", &own)
            .body(Body::from(all.to_string()));
        assert_eq!(
            ask(&app, other.unwrap()).await.status(),
            StatusCode::FORBIDDEN
        );
        let form = Request::post("/_cache/api/purge")
            .header("host", "localhost:3000")
            .header("content-type", "text/plain")
            .header("x-cache-token", &own)
            .body(Body::from(all.to_string()));
        assert_eq!(
            ask(&app, form.unwrap()).await.status(),
            StatusCode::FORBIDDEN
        );
        let reads = mounted(Dashboard::new());
        assert_eq!(json(&reads, "overview").await["token"], "");
        assert_eq!(purge(&reads, &own, &all).await.0, StatusCode::FORBIDDEN);
        assert_eq!(number::peek(&2), Some(2));
    };
    scope(Caches::new(), work).await;
}

#[tokio::test]
async fn a_name_of_others_that_leads_here_does_not_purge() {
    let work = async {
        let app = mounted(Dashboard::new().with_purge());
        number(4);
        let token = token(&app).await;
        let request = Request::post("/_cache/api/purge")
            .header("host", "evil.example:3000")
            .header("origin", "http://evil.example:3000")
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/json")
            .header("x-cache-token", &token)
            .body(Body::from(
                json!({"what": "tag", "name": "purge:all"}).to_string(),
            ));
        let response = ask(&app, request.unwrap()).await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
        assert!(
            text(response).await.contains("hosts("),
            "it says what to do"
        );
        assert_eq!(number::peek(&4), Some(4));
    };
    scope(Caches::new(), work).await;
}

#[tokio::test]
async fn a_purge_that_cannot_be_read_does_nothing() {
    let app = mounted(Dashboard::new().with_purge());
    let work = async {
        let token = token(&app).await;
        for what in [
            json!({}),
            json!({"what": "tag"}),
            json!({"what": "everything", "name": "a"}),
            json!({"what": "site", "name": "999999"}),
            json!({"what": "site", "name": "-1"}),
            json!({"what": "cache", "name": "nothing"}),
            json!({"what": "key", "name": "a", "cache": "nothing"}),
            json!([1, 2]),
        ] {
            let (status, answer) = purge(&app, &token, &what).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{what}");
            assert!(answer["error"].is_string());
        }
        let long = json!({"what": "tag", "name": "x".repeat(100_000)});
        assert_eq!(
            purge(&app, &token, &long).await.0,
            StatusCode::PAYLOAD_TOO_LARGE
        );
    };
    scope(Caches::new(), work).await;
}

#[tokio::test]
async fn a_dashboard_with_hosts_answers_for_them_alone() {
    let app = mounted(Dashboard::new().hosts(["localhost:3000"]));
    json(&app, "overview").await;
    for host in ["evil.example", "localhost:3001", "[::1"] {
        let request = Request::get("/_cache/api/overview").header("host", host);
        let response = ask(&app, request.body(Body::empty()).unwrap()).await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN, "{host}");
    }
}
