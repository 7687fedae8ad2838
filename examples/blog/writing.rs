//! How posts are written, and what that makes stale.

use cache_core::{Change, Invalidates, Invalidation, Tag, invalidates, tag};
use rusqlite::{OptionalExtension, Transaction, named_params};
use time::Date;

use crate::db::{Db, Result};
use crate::posts::{ALL, Post, json};

/// A post that is about to be written; its slug may get a suffix.
#[derive(Clone, Debug, PartialEq)]
pub struct NewPost {
    pub slug: String,
    /// The `path` of the file that it comes from.
    pub source: Option<String>,
    pub title: String,
    pub summary: String,
    pub body: String,
    pub category: String,
    pub authors: Vec<String>,
    pub tags: Vec<String>,
    pub published: Date,
    pub draft: bool,
}

/// What was done to a post: what it was before, unless it is new, and what it is now, unless it is gone. With neither,
/// nothing was done.
#[derive(Debug, Default)]
pub struct Edit {
    pub before: Option<Post>,
    pub after: Option<Post>,
}

impl Invalidates for Post {
    /// Its own page and every list that it stands in. Of a draft nobody knows but its authors.
    fn stale(&self, _: Change, out: &mut Invalidation) {
        for author in &self.authors {
            out.tag(tag!("author:{author}"));
        }
        if self.draft {
            return;
        }
        out.tag(tag!("post:{self.slug}"));
        for category in [ALL, Some(&self.category)] {
            out.tag(tag!("category:{category}"));
        }
        for tag in &self.tags {
            out.tag(tag!("tag:{tag}"));
        }
    }
}

impl Edit {
    /// The tags to invalidate. Both sides count: a post that moves is missing where it was.
    pub fn stale(&self) -> Vec<Tag> {
        let change = match (&self.before, &self.after) {
            (None, _) => Change::Created,
            (_, None) => Change::Deleted,
            _ => Change::Saved,
        };
        let mut stale = Invalidation::new();
        for post in self.before.iter().chain(&self.after) {
            post.stale(change.clone(), &mut stale);
        }
        stale.tags().to_vec()
    }
}

/// Writes a new post, unless its source has been loaded before.
#[invalidates(tags = |edit: &Edit| edit.stale())]
pub async fn create(db: &Db, post: NewPost) -> Result<Edit> {
    db.transaction(move |transaction| {
        let Some(slug) = insert(transaction, &post)? else {
            return Ok(Edit::default());
        };
        let mut select = transaction.prepare_cached("SELECT * FROM posts WHERE slug = ?1")?;
        let after = select.query_row((slug,), |row| Post::try_from(row))?;
        Ok(Edit {
            before: None,
            after: Some(after),
        })
    })
    .await
}

/// Changes a post, unless it is gone. The slug, the authors and the date stay.
#[invalidates(tags = |edit: &Edit| edit.stale())]
pub async fn save(db: &Db, post: Post) -> Result<Edit> {
    db.transaction(move |transaction| {
        // Not what the form was filled from: somebody else may have saved it since.
        let mut select = transaction.prepare_cached("SELECT * FROM posts WHERE id = ?1")?;
        let before = select.query_row((post.id,), |row| Post::try_from(row));
        let mut update = transaction.prepare_cached(
            "UPDATE posts SET title = :title, summary = :summary, body = :body, category = :category, tags = :tags,
             draft = :draft, revision = revision + 1 WHERE id = :id RETURNING *",
        )?;
        let params = named_params! {
            ":id": post.id, ":title": post.title, ":summary": post.summary, ":body": post.body,
            ":category": post.category, ":tags": json(&post.tags), ":draft": post.draft,
        };
        let after = update.query_row(params, |row| Post::try_from(row));
        Ok(Edit {
            before: before.optional()?,
            after: after.optional()?,
        })
    })
    .await
}

/// Removes a post, unless it is gone already.
#[invalidates(tags = |edit: &Edit| edit.stale())]
pub async fn delete(db: &Db, post: &Post) -> Result<Edit> {
    let sql = "DELETE FROM posts WHERE id = ?1 RETURNING *";
    let before = db.first(sql, (post.id,)).await?;
    Ok(Edit {
        before,
        after: None,
    })
}

/// Inserts a post under the first free slug: its own, then with the date, then with a number.
pub fn insert(transaction: &Transaction<'_>, post: &NewPost) -> rusqlite::Result<Option<String>> {
    let mut known = transaction.prepare_cached("SELECT 1 FROM posts WHERE source = ?1")?;
    if known.exists((&post.source,))? {
        return Ok(None);
    }
    let mut insert = transaction.prepare_cached(
        "INSERT INTO posts (slug, source, title, summary, body, category, authors, tags, published, draft)
         VALUES (:slug, :source, :title, :summary, :body, :category, :authors, :tags, :published, :draft)
         ON CONFLICT (slug) DO NOTHING",
    )?;
    let mut attempt = 0;
    loop {
        let slug = candidate(post, attempt);
        let inserted = insert.execute(named_params! {
            ":slug": slug, ":source": post.source, ":title": post.title, ":summary": post.summary, ":body": post.body,
            ":category": post.category, ":authors": json(&post.authors), ":tags": json(&post.tags),
            ":published": post.published, ":draft": post.draft,
        })?;
        if inserted > 0 {
            return Ok(Some(slug));
        }
        attempt += 1;
    }
}

fn candidate(post: &NewPost, attempt: u32) -> String {
    let NewPost {
        slug, published, ..
    } = post;
    match attempt {
        0 => slug.clone(),
        1 => format!("{slug}-{published}"),
        n => format!("{slug}-{published}-{n}"),
    }
}
