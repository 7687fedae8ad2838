//! The posts as JSON.

use axum::Json;
use axum::extract::{Path, Query, State};
use cache_core::cache_page;
use serde::Serialize;

use crate::db::Db;
use crate::markdown;
use crate::pages::{BlogQuery, POSTS_PER_PAGE};
use crate::posts::{self, Filter, Listing, Post};
use crate::problem::Problem;

/// A post with what was made of its text.
#[derive(Serialize)]
pub struct Document {
    #[serde(flatten)]
    post: Post,
    html: String,
    minutes: usize,
}

/// `GET /api/posts`
#[cache_page(
    cache = "pages",
    key = "api_posts:{q.category}:{q.page}:{q.sort}",
    ttl = "5m",
    tags("category:{q.category}")
)]
pub async fn list(
    State(db): State<Db>,
    Query(q): Query<BlogQuery>,
) -> Result<Json<Listing>, Problem> {
    let filter = Filter::new(q.category, q.sort);
    let listing = posts::list(&db, &filter, q.page, POSTS_PER_PAGE)
        .await?
        .ok_or(Problem::NotFound)?;
    Ok(Json(listing))
}

/// `GET /api/posts/{slug}`
#[cache_page(
    cache = "pages",
    key = "api_post:{slug}",
    ttl = "5m",
    tags("post:{slug}")
)]
pub async fn detail(
    State(db): State<Db>,
    Path(slug): Path<String>,
) -> Result<Json<Document>, Problem> {
    let post = posts::find(&db, &slug).await?.ok_or(Problem::NotFound)?;
    let html = markdown::render(&post).await.html;
    let minutes = markdown::reading_time(&post);
    Ok(Json(Document {
        post,
        html,
        minutes,
    }))
}
