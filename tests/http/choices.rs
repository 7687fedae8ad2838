//! Pages for which a header chooses among a few.

use axum::Router;
use axum::http::HeaderMap;
use axum::routing::get as route;
use cache_core::{CachePageLayer, cache_page, vary_on};

use crate::support::{Answer, assert_apart, assert_same, get_with, run, site};

fn seen(headers: &HeaderMap) -> String {
    let names = ["accept-language", "accept-encoding", "user-agent"];
    let values = names.map(|name| Some(headers.get(name)?.to_str().expect("text")));
    format!("{values:?} run {}", run())
}

const PHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148";
const OTHER_PHONE: &str = "Mozilla/5.0 (Linux; Android 10; K) Chrome/140.0.0.0 Mobile Safari";

async fn assert_chosen(app: &Router) {
    let ask = async |language: &str, encoding: &str, agent: &str| -> Answer {
        let fields = [
            ("accept-language", language),
            ("accept-encoding", encoding),
            ("user-agent", agent),
        ];
        get_with(app, "/", &fields).await
    };
    let first = ask("de-CH, de;q=0.9, en;q=0.8", "gzip, br", PHONE).await;
    first.assert_stored();
    let expected = r#"[Some("de"), Some("br"), Some("phone")] run "#;
    assert!(first.body.starts_with(expected), "{first:?}");
    let varies = first.field("vary").unwrap_or_default();
    let expected = "Accept-Language, Accept-Encoding, User-Agent";
    assert!(varies.starts_with(expected), "{first:?}");
    let alike = ask("fr, de;q=0.1", "br;q=0.2", OTHER_PHONE).await;
    alike.assert_hit();
    assert_same(&first, &alike);
    for other in [
        ask("en", "br", PHONE).await,
        ask("de", "gzip", PHONE).await,
        ask("de", "br", "curl/8").await,
    ] {
        other.assert_stored();
        assert_apart(&first, &other);
    }
    let none = get_with(app, "/", &[]).await;
    let expected = r#"[Some("en"), None, Some("desktop")] run "#;
    assert!(none.body.starts_with(expected), "{none:?}");
}

#[tokio::test]
async fn a_page_is_keyed_by_what_is_chosen_and_sees_nothing_else() {
    #[vary_on(languages = ["en", "de"], encodings = ["br", "gzip"], device)]
    #[cache_page(ttl = "5m")]
    async fn page(headers: HeaderMap) -> String {
        seen(&headers)
    }
    assert_chosen(&site(page)).await;
}

#[tokio::test]
async fn so_does_a_site_behind_a_layer() {
    let layer = CachePageLayer::new("5m")
        .vary_on_languages(["en", "de"])
        .vary_on_encodings(["br", "gzip"])
        .vary_on_device();
    let page = async |headers: HeaderMap| seen(&headers);
    let app = Router::new().route("/", route(page)).layer(layer);
    assert_chosen(&app).await;
}

#[tokio::test]
async fn a_handler_that_is_not_cached_says_by_what_it_chooses() {
    #[vary_on(languages = ["en", "de"], headers = ["x-tenant"])]
    async fn page(headers: HeaderMap) -> String {
        seen(&headers)
    }
    let answer = get_with(&site(page), "/", &[("accept-language", "de-CH")]).await;
    assert!(answer.body.contains("de-CH"), "{answer:?}");
    assert_eq!(
        answer.field("vary").as_deref(),
        Some("X-Tenant, Accept-Language")
    );
}
