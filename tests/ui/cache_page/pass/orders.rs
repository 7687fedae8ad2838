//! The attributes mean the same in either order, beside foreign ones, and by whatever path.

#![deny(warnings)]

use axum::Router;
use axum::extract::Query;
use axum::http::HeaderMap;
use axum::routing::get;

mod by_name {
    use super::HeaderMap;
    use cache_core::{cache_page, vary_on};

    #[cache_page(ttl = 60)]
    #[vary_on(headers = ["Accept"])]
    pub async fn below(headers: HeaderMap) -> String {
        format!("{headers:?}")
    }
}

#[cache_core::vary_on(headers = ["Accept"])]
#[cache_core::vary_on(cookies = ["a"])]
#[cache_core::cache_page(ttl = 60)]
async fn above(headers: HeaderMap) -> String {
    format!("{headers:?}")
}

#[axum::debug_handler]
#[cache_core::vary_on(headers = ["Accept"])]
#[cache_core::cache_page]
#[axum::debug_handler]
async fn between(headers: HeaderMap) -> String {
    format!("{headers:?}")
}

#[cache_core::cache_page]
async fn generic<T: serde::de::DeserializeOwned + Send + std::fmt::Debug + 'static>(Query(query): Query<T>) -> String {
    format!("{query:?}")
}

struct Views;

impl Views {
    #[cache_core::cache_page(associated, handle = list)]
    async fn alone() -> &'static str {
        "alone"
    }
}

mod db {
    pub struct Pool;
}

#[cache_core::cache_page(skip(db))]
async fn named_like_a_module(axum::extract::Extension(db): axum::extract::Extension<std::sync::Arc<db::Pool>>) -> String {
    drop(db);
    String::new()
}

#[cache_core::cache_page]
async fn state_named_like_a_module(axum::extract::State(db): axum::extract::State<std::sync::Arc<db::Pool>>) -> String {
    drop(db);
    String::new()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let _: Router<std::sync::Arc<db::Pool>> = Router::new()
        .route("/a", get(above).post(by_name::below))
        .route("/b", get(between))
        .route("/c", get(generic::<String>))
        .route("/d", get(Views::alone))
        .route("/e", get(named_like_a_module).post(state_named_like_a_module));
    Views::list_clear().await;
    assert_eq!(by_name::below::uncached(HeaderMap::new()).await, "{}");
}
