//! Tags and namespaces of pages, and the cache that they name.

use axum::extract::{Path, Query, State};
use axum::response::Html;
use axum::{Router, routing::get};
use cache_core::{CacheKey, cache_page};

#[derive(Clone)]
struct Db;

#[derive(serde::Deserialize, CacheKey)]
struct Filter {
    page: u32,
}

/// Tags may use what is extracted on a miss alone.
#[cache_page(ttl = "5m", cache = "pages", tags("post:{slug}", "posts"))]
async fn post(State(db): State<Db>, Path(slug): Path<String>) -> Html<String> {
    let Db = db;
    Html(slug)
}

#[cache_page(key = "list:{filter.page}", namespace = "category:{category}", tags("page:{filter.page}"), skip(category))]
async fn list(Path(category): Path<String>, Query(filter): Query<Filter>) -> Html<String> {
    Html(format!("{category} {}", filter.page))
}

struct Pages;

#[cache_page(ttl = "5m", tags("pages"))]
impl Pages {
    async fn about() -> &'static str {
        "about"
    }
}

fn main() {
    let _: Router = Router::new()
        .route("/{slug}", get(post))
        .route("/list/{category}", get(list))
        .route("/about", get(Pages::about))
        .with_state(Db);
}
