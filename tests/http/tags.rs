//! Tags and namespaces of pages.

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get as route, post};
use cache_core::{cache_page, cached, invalidate_tag, invalidates, never_cache};

use crate::support::{assert_apart, assert_same, get, run};

#[derive(Clone)]
struct Shop {
    name: &'static str,
}

/// Tags over what is extracted on a miss alone, and over what is set aside.
#[tokio::test]
async fn a_tag_over_any_argument_reaches_the_page() {
    #[cache_page(ttl = "5m", tags("product:{slug}", "shop:{shop.name}", "products"))]
    async fn product(State(shop): State<Shop>, Path(slug): Path<String>) -> String {
        format!("{} {slug} run {}", shop.name, run())
    }
    let app = Router::new()
        .route("/products/{slug}", route(product))
        .with_state(Shop { name: "corner" });
    let paths = ["/products/tea", "/products/milk"];
    for (tag, reached) in [
        ("product:tea", [true, false]),
        ("shop:corner", [true, true]),
        ("products", [true, true]),
        ("product:", [false, false]),
    ] {
        let mut before = Vec::new();
        for path in paths {
            before.push(get(&app, path).await);
        }
        invalidate_tag(tag).await.unwrap();
        for ((path, before), is_reached) in paths.into_iter().zip(&before).zip(reached) {
            let now = get(&app, path).await;
            if is_reached {
                assert_apart(before, &now);
            } else {
                assert_same(before, &now);
            }
        }
    }
    let browser = get(&app, "/products/tea").await.field("cache-control");
    assert!(
        browser
            .as_deref()
            .is_some_and(|field| field.contains("max-age=0")),
        "browsers ask again: {browser:?}"
    );
}

#[tokio::test]
async fn a_handler_that_writes_invalidates_a_namespace_after_ok() {
    #[cache_page(ttl = "5m", namespace = "aisle:{aisle}")]
    async fn shelf(Path(aisle): Path<u32>) -> String {
        format!("aisle {aisle} run {}", run())
    }
    #[never_cache]
    #[invalidates(namespace = "aisle:{aisle}")]
    async fn restock(Path(aisle): Path<u32>) -> Result<String, String> {
        if aisle > 1 {
            return Err("no such aisle".to_owned());
        }
        Ok(format!("run {}", run()))
    }
    let app = Router::new()
        .route("/aisles/{aisle}", route(shelf))
        .route("/restock/{aisle}", post(restock).get(restock));
    let (first, second) = (get(&app, "/aisles/1").await, get(&app, "/aisles/2").await);
    for aisle in [1, 2] {
        let answer = get(&app, &format!("/restock/{aisle}")).await;
        assert!(
            answer
                .field("cache-control")
                .is_some_and(|field| field.contains("no-store"))
        );
    }
    assert_apart(&first, &get(&app, "/aisles/1").await);
    assert_same(&second, &get(&app, "/aisles/2").await);
}

#[tokio::test]
async fn what_a_cached_call_inside_carries_reaches_the_page() {
    #[cached(tags("stock:{id}"))]
    async fn stock(id: u32) -> u32 {
        id
    }
    #[cache_page(ttl = "5m", tags("counter"))]
    async fn counter() -> String {
        format!("{} left, run {}", stock(7).await, run())
    }
    let app = Router::new().route("/counter", route(counter));
    for tag in ["stock:7", "counter"] {
        let before = get(&app, "/counter").await;
        assert_same(&before, &get(&app, "/counter").await);
        invalidate_tag(tag).await.unwrap();
        assert_apart(&before, &get(&app, "/counter").await);
    }
}
