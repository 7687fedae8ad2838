//! The pages that readers see.

use crate::render::context;
use axum::extract::{Path, Query, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{Html, IntoResponse, Response};
use cache_core::{cache_page, key, vary_on};
use serde::{Deserialize, Deserializer, Serialize};

use crate::counts;
use crate::db::Db;
use crate::markdown;
use crate::negotiate::{Device, Language};
use crate::posts::{self, ALL, Filter, Sort};
use crate::preferences::{PER_PAGE, Preferences};
use crate::problem::Problem;
use crate::render;

/// How many posts a list shows on one page.
pub const POSTS_PER_PAGE: u32 = 10;

/// `?category=rust&page=2&sort=oldest`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct BlogQuery {
    #[serde(deserialize_with = "filled")]
    pub category: Option<String>,
    pub page: u32,
    pub sort: Sort,
}

/// `?page=2&sort=oldest`
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub struct PageQuery {
    pub page: u32,
    pub sort: Sort,
}

/// `GET /`
#[cache_page(
    cache = "pages",
    key = "blog_list:{q.category}:{q.page}:{q.sort}",
    ttl = if q.is_filtered() { minutes(10) } else { minutes(30) },
    lock = distributed,
    tags("category:{q.category}")
)]
pub async fn home(
    State(db): State<Db>,
    Query(q): Query<BlogQuery>,
) -> Result<Html<String>, Problem> {
    let title = if q.is_filtered() {
        "Posts"
    } else {
        "Latest posts"
    };
    list(&db, title, Filter::new(q.category.clone(), q.sort), q.page).await
}

/// `GET /category/{slug}`
#[cache_page(
    cache = "pages",
    key = "category:{slug}:{q.page}:{q.sort}",
    ttl = "10m",
    tags("category:{Some(&slug)}")
)]
pub async fn category(
    State(db): State<Db>,
    Path(slug): Path<String>,
    Query(q): Query<PageQuery>,
) -> Result<Html<String>, Problem> {
    list(&db, &slug, Filter::new(Some(slug.clone()), q.sort), q.page).await
}

/// `GET /tag/{tag}`
#[cache_page(
    cache = "pages",
    key = "tag:{tag}:{q.page}:{q.sort}",
    ttl = "10m",
    tags("tag:{tag}")
)]
pub async fn tag(
    State(db): State<Db>,
    Path(tag): Path<String>,
    Query(q): Query<PageQuery>,
) -> Result<Html<String>, Problem> {
    list(&db, &tag, Filter::tag(tag.clone(), q.sort), q.page).await
}

/// `GET /post/{slug}`
#[cache_page(cache = "pages", key = "post:{slug}", ttl = "30m", tags("post:{slug}"))]
#[vary_on(headers = ["User-Agent", "Accept-Language"])]
pub async fn post_detail(
    State(db): State<Db>,
    Path(slug): Path<String>,
    language: Language,
    device: Device,
) -> Result<Html<String>, Problem> {
    let post = posts::find(&db, &slug).await?.ok_or(Problem::NotFound)?;
    let mut related = Vec::new();
    for slug in posts::related(&db, &post).await? {
        related.extend(posts::summary(&db, &slug).await?);
    }
    let minutes = markdown::reading_time(&post);
    let text = markdown::render(&post).await;
    render::page(
        "post.html",
        context! { post, related, minutes, text, device, t => language.texts() },
    )
}

/// `GET /archive`
#[cache_page(
    cache = "pages",
    key = "archive:{q.page}:{q.sort}",
    ttl = "10m",
    tags("category:{ALL}")
)]
#[vary_on(cookies = ["preferences"])]
pub async fn archive(
    State(db): State<Db>,
    Query(q): Query<PageQuery>,
    preferences: Preferences,
) -> Result<Html<String>, Problem> {
    let listing = posts::list(
        &db,
        &Filter::new(None, q.sort),
        q.page,
        preferences.per_page,
    )
    .await?
    .ok_or(Problem::NotFound)?;
    let statistics = counts::statistics(&db).await?;
    let links = listing.pagination.links();
    render::page(
        "archive.html",
        context! { listing, links, statistics, preferences, sort => q.sort, choices => PER_PAGE },
    )
}

/// `GET /about`
#[cache_page(cache = "pages", ttl = "1h", query = [])]
pub async fn about() -> Result<Html<String>, Problem> {
    render::page("about.html", context! {})
}

/// `GET /feed.xml`
#[cache_page(cache = "pages", key = "feed", ttl = "15m", tags("category:{ALL}"))]
pub async fn feed(State(db): State<Db>) -> Result<Response, Problem> {
    let listing = posts::list(&db, &Filter::default(), 1, 20)
        .await?
        .ok_or(Problem::NotFound)?;
    let Html(feed) = render::page("feed.xml", context! { posts => listing.posts })?;
    Ok(([(CONTENT_TYPE, "application/atom+xml")], feed).into_response())
}

async fn list(db: &Db, title: &str, filter: Filter, page: u32) -> Result<Html<String>, Problem> {
    let listing = posts::list(db, &filter, page, POSTS_PER_PAGE)
        .await?
        .ok_or(Problem::NotFound)?;
    if listing.posts.is_empty() && (filter.category.is_some() || filter.tag.is_some()) {
        return Err(Problem::NotFound);
    }
    let topics = match filter.tag {
        Some(_) => None,
        None => Some(counts::topics(db, filter.category.as_deref()).await?),
    };
    let topics_tag = key!("category:{filter.category}").to_string();
    let links = listing.pagination.links();
    render::page(
        "list.html",
        context! { title, filter, listing, links, topics, topics_tag },
    )
}

impl BlogQuery {
    /// Whether it asks for less than everything, in the usual order.
    pub fn is_filtered(&self) -> bool {
        self.category.is_some() || self.sort != Sort::default()
    }
}

impl Default for BlogQuery {
    fn default() -> Self {
        Self {
            category: None,
            page: 1,
            sort: Sort::default(),
        }
    }
}

impl Default for PageQuery {
    fn default() -> Self {
        Self {
            page: 1,
            sort: Sort::default(),
        }
    }
}

/// A form sends a field that was left empty; it asks for nothing.
fn filled<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(Option::deserialize(deserializer)?.filter(|value: &String| !value.is_empty()))
}
