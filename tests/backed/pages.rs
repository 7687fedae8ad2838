//! Pages come back from the store unchanged.

use std::time::Duration;

use axum::body::to_bytes;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::IntoResponse;
use cache_core::cache_page;
use cache_core::testing::Clock;
use tower::ServiceExt;

use crate::http::{assert_apart, assert_same, get, get_with, request, run, site};
use crate::support::{installed, named};

#[tokio::test]
async fn a_page_is_a_hit_until_its_end() {
    installed();
    #[cache_page(ttl = "1m")]
    async fn page() -> String {
        format!("run {}", run())
    }
    let (clock, app) = (Clock::freeze(), site(page));
    let first = get(&app, "/life?a=1").await;
    first.assert_stored();
    clock.advance(Duration::from_secs(40));
    let hit = get(&app, "/life?a=1").await;
    hit.assert_hit();
    assert_same(&first, &hit);
    assert_eq!(hit.field("age").as_deref(), Some("40"));
    assert_apart(&first, &get(&app, "/life?a=2").await);
    clock.advance(Duration::from_secs(20));
    assert_apart(&first, &get(&app, "/life?a=1").await);
}

#[tokio::test]
async fn a_known_tag_is_answered_from_the_store() {
    installed();
    #[cache_page(ttl = "1m")]
    async fn page() -> String {
        format!("run {}", run())
    }
    let app = site(page);
    let tag = get(&app, "/known").await.field("etag").unwrap();
    let known = get_with(&app, "/known", &[("if-none-match", &tag)]).await;
    assert_eq!(
        (known.status, known.body.as_str()),
        (StatusCode::NOT_MODIFIED, "")
    );
    known.assert_hit();
}

#[tokio::test]
async fn pages_that_share_a_name_share_no_answer() {
    installed();
    trait Tenant: 'static {
        const NAME: &str;
    }
    struct One;
    struct Other;
    impl Tenant for One {
        const NAME: &str = "one";
    }
    impl Tenant for Other {
        const NAME: &str = "other";
    }
    #[cache_page(ttl = "1m")]
    async fn home<T: Tenant>() -> &'static str {
        T::NAME
    }
    fn first() -> axum::Router {
        #[cache_page(ttl = "1m")]
        async fn twin() -> &'static str {
            "first"
        }
        site(twin)
    }
    fn second() -> axum::Router {
        #[cache_page(ttl = "1m")]
        async fn twin() -> &'static str {
            "second"
        }
        site(twin)
    }
    fn blocks() -> [axum::Router; 2] {
        let third = {
            #[cache_page(ttl = "1m")]
            async fn twin() -> &'static str {
                "third"
            }
            site(twin)
        };
        let fourth = {
            #[cache_page(ttl = "1m")]
            async fn twin() -> &'static str {
                "fourth"
            }
            site(twin)
        };
        [third, fourth]
    }
    let asked = async |app: axum::Router| get(&app, "/shared-name").await.body;
    for _ in 0..2 {
        let [third, fourth] = blocks();
        assert_eq!(
            (asked(third).await, asked(fourth).await),
            ("third".into(), "fourth".into())
        );
        assert_eq!(asked(site(home::<One>)).await, "one");
        assert_eq!(asked(site(home::<Other>)).await, "other");
        assert_eq!(asked(first()).await, "first");
        assert_eq!(asked(second()).await, "second");
    }
}

#[tokio::test]
async fn a_path_and_a_site_are_forgotten() {
    installed();
    #[cache_page(ttl = "1m")]
    async fn page() -> String {
        format!("run {}", run())
    }
    #[cache_page(ttl = "1m", cache = "near")]
    async fn near() -> String {
        format!("run {}", run())
    }
    for (app, near_one) in [(site(page), false), (site(near), true)] {
        let (one, query, other) = (
            get(&app, "/one").await,
            get(&app, "/one?page=2").await,
            get(&app, "/other").await,
        );
        assert_same(&one, &get(&app, "/one").await);
        if near_one {
            near::invalidate_path("/one").await;
        } else {
            page::invalidate_path("/one").await;
        }
        assert_apart(&one, &get(&app, "/one").await);
        assert_apart(&query, &get(&app, "/one?page=2").await);
        assert_same(&other, &get(&app, "/other").await);
        if near_one {
            near::clear().await;
        } else {
            page::clear().await;
        }
        assert_apart(&other, &get(&app, "/other").await);
    }
}

/// Every field, as bytes, with its lines in order.
fn fields(headers: &HeaderMap) -> Vec<(String, Vec<Vec<u8>>)> {
    let lines = |name| {
        headers
            .get_all(name)
            .iter()
            .map(|line| line.as_bytes().to_vec())
    };
    let mut fields: Vec<_> = headers
        .keys()
        .map(|name| (name.to_string(), lines(name).collect()))
        .collect();
    fields.sort();
    fields
}

#[tokio::test]
async fn a_page_comes_back_from_the_store_byte_for_byte() {
    installed();
    #[cache_page(ttl = "1h", cache = "counted")]
    async fn page() -> impl IntoResponse {
        let mut headers = HeaderMap::new();
        headers.insert("x-run", HeaderValue::from(run()));
        headers.insert("x-bytes", HeaderValue::from_bytes(b"caf\xe9").unwrap());
        headers.append("x-list", HeaderValue::from_static("one"));
        headers.append("x-list", HeaderValue::from_static("two, three"));
        headers.insert("x-empty", HeaderValue::from_static(""));
        headers.insert(
            "content-type",
            HeaderValue::from_static("application/octet-stream"),
        );
        let body: Vec<u8> = (0..=255).cycle().take(100_000).collect();
        (StatusCode::NON_AUTHORITATIVE_INFORMATION, headers, body)
    }
    let (clock, app, cache) = (Clock::freeze(), site(page), named("counted"));
    let ask = async || {
        let answer = app
            .clone()
            .oneshot(request("GET", "/bytes", &[]))
            .await
            .unwrap();
        let (parts, body) = answer.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        (parts.status, fields(&parts.headers), body)
    };
    let first = ask().await;
    let from_near = ask().await;
    let hits = cache.store_stats().hits;
    // After `near_ttl`, and back at the same second of the page's life, so that all fields must be equal.
    clock.advance(Duration::from_secs(3));
    let from_store = ask().await;
    assert_eq!(
        cache.store_stats().hits,
        hits + 1,
        "it did not come from the store"
    );
    let near_again = ask().await;
    assert_eq!(cache.store_stats().hits, hits + 1);
    assert_eq!(from_store, near_again);
    assert_eq!((from_store.0, &from_store.2), (first.0, &first.2));
    let of_each_hit = ["age", "cache-status", "cache-control", "expires", "date"];
    let lasting = |fields: &[(String, Vec<Vec<u8>>)]| -> Vec<_> {
        let lasts = |(name, _): &&(String, _)| !of_each_hit.contains(&name.as_str());
        fields.iter().filter(lasts).cloned().collect()
    };
    assert_eq!(lasting(&from_store.1), lasting(&from_near.1));
    let names = |fields: &[(String, _)]| -> Vec<String> {
        fields.iter().map(|(name, _)| name.clone()).collect()
    };
    assert_eq!(names(&from_store.1), names(&from_near.1));
    let age = from_store.1.iter().find(|(name, _)| name == "age");
    assert_eq!(age.unwrap().1, [b"3".to_vec()]);
}
