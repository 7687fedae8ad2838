//! Posts: what they are, and how they are found.

use cache_core::{CacheKey, cached};
use rusqlite::Row;
use serde::{Deserialize, Serialize};
use time::Date;

use crate::db::{Db, Result};
use crate::pagination::Pagination;

/// A post, whole.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Post {
    pub id: i64,
    /// Counts the changes of this post.
    pub revision: u32,
    pub slug: String,
    pub title: String,
    pub summary: String,
    pub body: String,
    pub category: String,
    pub authors: Vec<String>,
    pub tags: Vec<String>,
    pub published: Date,
    pub draft: bool,
}

/// What lists show of a post.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PostSummary {
    pub slug: String,
    pub title: String,
    pub summary: String,
    pub category: String,
    pub authors: Vec<String>,
    pub published: Date,
    pub draft: bool,
}

/// What the lists of all posts have for their category.
pub const ALL: Option<&str> = None;

/// The order of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, CacheKey, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sort {
    #[default]
    Newest,
    Oldest,
    Longest,
}

impl Sort {
    fn name(self) -> &'static str {
        match self {
            Self::Newest => "newest",
            Self::Oldest => "oldest",
            Self::Longest => "longest",
        }
    }
}

/// Which posts a list shows, and in which order.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Filter {
    pub category: Option<String>,
    pub tag: Option<String>,
    pub sort: Sort,
}

impl Filter {
    /// The posts of a category, or all.
    pub fn new(category: Option<String>, sort: Sort) -> Self {
        Self {
            category,
            tag: None,
            sort,
        }
    }

    /// The posts with a tag.
    pub fn tag(tag: String, sort: Sort) -> Self {
        Self {
            category: None,
            tag: Some(tag),
            sort,
        }
    }
}

/// One page of a list.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Listing {
    pub pagination: Pagination,
    pub posts: Vec<PostSummary>,
}

/// The post that readers find under a slug.
pub async fn find(db: &Db, slug: &str) -> Result<Option<Post>> {
    db.first("SELECT * FROM live WHERE slug = ?1", (slug.to_owned(),))
        .await
}

/// The post under a slug, drafts included.
pub async fn find_any(db: &Db, slug: &str) -> Result<Option<Post>> {
    db.first("SELECT * FROM posts WHERE slug = ?1", (slug.to_owned(),))
        .await
}

/// One page of the posts that readers see; `None` for a page that does not exist.
pub async fn list(db: &Db, filter: &Filter, page: u32, per_page: u32) -> Result<Option<Listing>> {
    let (category, tag) = (filter.category.clone(), filter.tag.clone());
    let sql = "SELECT count(*) FROM live WHERE (?1 IS NULL OR category = ?1)
         AND (?2 IS NULL OR EXISTS (SELECT 1 FROM json_each(tags) WHERE value = ?2))";
    let total = db.first(sql, (category.clone(), tag.clone())).await?;
    let Some(pagination) = Pagination::new(page, per_page, total.map_or(0, |(n,)| n)) else {
        return Ok(None);
    };
    let sql = "SELECT * FROM live WHERE (?1 IS NULL OR category = ?1)
         AND (?2 IS NULL OR EXISTS (SELECT 1 FROM json_each(tags) WHERE value = ?2))
         ORDER BY CASE ?3 WHEN 'longest' THEN length(body) END DESC,
                  CASE ?3 WHEN 'oldest' THEN published END, CASE ?3 WHEN 'oldest' THEN id END,
                  published DESC, id DESC
         LIMIT ?4 OFFSET ?5";
    let (sort, offset) = (filter.sort.name(), pagination.offset());
    let posts = db.all(sql, (category, tag, sort, per_page, offset)).await?;
    Ok(Some(Listing { pagination, posts }))
}

/// One page of all posts, the drafts first; `None` for a page that does not exist.
pub async fn list_any(db: &Db, page: u32, per_page: u32) -> Result<Option<Listing>> {
    let total = db.first("SELECT count(*) FROM posts", ()).await?;
    let Some(pagination) = Pagination::new(page, per_page, total.map_or(0, |(n,)| n)) else {
        return Ok(None);
    };
    let sql = "SELECT * FROM posts ORDER BY draft DESC, published DESC, id DESC LIMIT ?1 OFFSET ?2";
    let posts = db.all(sql, (per_page, pagination.offset())).await?;
    Ok(Some(Listing { pagination, posts }))
}

/// All posts by one author, drafts included.
pub async fn by_author(db: &Db, full_name: &str) -> Result<Vec<Post>> {
    let sql = "SELECT * FROM posts WHERE EXISTS (SELECT 1 FROM json_each(authors) WHERE value = ?1)
               ORDER BY published DESC, id DESC";
    db.all(sql, (full_name.to_owned(),)).await
}

/// The slugs of up to five posts that have most in common with this one: a shared tag counts the more the rarer it is,
/// a shared category a little. Another post may change the choice; only time does so here.
#[cached(key = "related:{post.id}:{post.revision}", ttl = "30m", skip(db))]
pub async fn related(db: &Db, post: &Post) -> Result<Vec<String>> {
    let sql = "
        WITH shared AS MATERIALIZED (
                 SELECT live.id, tag.value AS tag FROM live, json_each(live.tags) AS tag
                 WHERE tag.value IN (SELECT value FROM json_each(?2))),
             weights AS (SELECT tag, 1.0 / count(*) AS weight FROM shared GROUP BY tag),
             scores AS (SELECT id, sum(weight) AS score FROM shared JOIN weights USING (tag) GROUP BY id)
        SELECT live.slug FROM live LEFT JOIN scores USING (id)
        WHERE live.id <> ?1 AND (score IS NOT NULL OR category = ?3)
        ORDER BY coalesce(score, 0) + (category = ?3) * 0.1 DESC, published DESC, id DESC LIMIT 5";
    let slugs: Vec<(String,)> = db
        .all(sql, (post.id, json(&post.tags), post.category.clone()))
        .await?;
    Ok(slugs.into_iter().map(|(slug,)| slug).collect())
}

/// What other pages show of a post; `None` if readers do not see it any more. Whoever asks depends on that post from then on.
#[cached(key = "summary:{slug}", ttl = "30m", skip(db), tags("post:{slug}"))]
pub async fn summary(db: &Db, slug: &str) -> Result<Option<PostSummary>> {
    db.first("SELECT * FROM live WHERE slug = ?1", (slug.to_owned(),))
        .await
}

/// The part of an address that stands for a text: `What's new?` is `what-s-new`.
pub fn slugify(text: &str) -> String {
    let words = text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    let mut slug = words.collect::<Vec<_>>().join("-").to_ascii_lowercase();
    slug.truncate(80);
    slug.trim_end_matches('-').to_owned()
}

impl TryFrom<&Row<'_>> for Post {
    type Error = rusqlite::Error;

    fn try_from(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            revision: row.get("revision")?,
            slug: row.get("slug")?,
            title: row.get("title")?,
            summary: row.get("summary")?,
            body: row.get("body")?,
            category: row.get("category")?,
            authors: strings(row, "authors")?,
            tags: strings(row, "tags")?,
            published: row.get("published")?,
            draft: row.get("draft")?,
        })
    }
}

impl TryFrom<&Row<'_>> for PostSummary {
    type Error = rusqlite::Error;

    fn try_from(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            slug: row.get("slug")?,
            title: row.get("title")?,
            summary: row.get("summary")?,
            category: row.get("category")?,
            authors: strings(row, "authors")?,
            published: row.get("published")?,
            draft: row.get("draft")?,
        })
    }
}

/// Strings as the database keeps them.
pub fn json(strings: &[String]) -> serde_json::Value {
    strings.into()
}

fn strings(row: &Row<'_>, column: &str) -> rusqlite::Result<Vec<String>> {
    let value: serde_json::Value = row.get(column)?;
    Ok(serde_json::from_value(value).unwrap_or_default())
}
