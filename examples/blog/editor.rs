//! Where authors write: list, create, change and delete posts.

use crate::render::context;
use axum::extract::{Form, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use cache_core::never_cache;
use serde::{Deserialize, Serialize};
use time::UtcDateTime;

use crate::account::{AuthUser, Author};
use crate::db::Db;
use crate::markdown;
use crate::messages;
use crate::pages::PageQuery;
use crate::posts::{self, Post, slugify};
use crate::problem::Problem;
use crate::render;
use crate::writing::{self, Edit, NewPost};

const PER_PAGE: u32 = 30;
const LONGEST_TITLE: usize = 200;

/// What the form holds.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Draft {
    title: String,
    category: String,
    /// Separated by commas.
    tags: String,
    summary: String,
    body: String,
    /// A box that is not ticked is not sent.
    published: Option<String>,
}

/// `GET /editor`
#[never_cache]
pub async fn list(
    Author(user): Author,
    State(db): State<Db>,
    Query(q): Query<PageQuery>,
) -> Result<Html<String>, Problem> {
    let listing = posts::list_any(&db, q.page, PER_PAGE)
        .await?
        .ok_or(Problem::NotFound)?;
    let links = listing.pagination.links();
    let message = messages::take(&db, &user).await?;
    render::page("editor.html", context! { listing, links, message })
}

/// `GET /editor/new`
#[never_cache]
pub async fn new_form(_: Author) -> Result<Html<String>, Problem> {
    render::page("edit.html", context! { draft => Draft::default() })
}

/// `POST /editor/new`
pub async fn create(
    Author(user): Author,
    State(db): State<Db>,
    Form(draft): Form<Draft>,
) -> Result<Response, Problem> {
    if let Some(mistake) = draft.mistake() {
        return refuse(None, &draft, mistake);
    }
    let post = NewPost {
        slug: Some(slugify(&draft.title))
            .filter(|slug| !slug.is_empty())
            .unwrap_or_else(|| "post".into()),
        source: None,
        summary: draft.summary(),
        category: slugify(&draft.category),
        authors: vec![user.full_name.clone()],
        tags: draft.tags(),
        published: UtcDateTime::now().date(),
        draft: draft.published.is_none(),
        title: draft.title,
        body: draft.body,
    };
    let edit = writing::create(&db, post).await?;
    announce(&db, &user, "Saved", edit).await
}

/// `GET /editor/post/{slug}`
#[never_cache]
pub async fn edit_form(
    _: Author,
    State(db): State<Db>,
    Path(slug): Path<String>,
) -> Result<Html<String>, Problem> {
    let post = posts::find_any(&db, &slug)
        .await?
        .ok_or(Problem::NotFound)?;
    render::page("edit.html", context! { draft => Draft::from(post), slug })
}

/// `POST /editor/post/{slug}`
pub async fn save(
    Author(user): Author,
    State(db): State<Db>,
    Path(slug): Path<String>,
    Form(draft): Form<Draft>,
) -> Result<Response, Problem> {
    let post = posts::find_any(&db, &slug)
        .await?
        .ok_or(Problem::NotFound)?;
    if let Some(mistake) = draft.mistake() {
        return refuse(Some(&slug), &draft, mistake);
    }
    let post = Post {
        summary: draft.summary(),
        category: slugify(&draft.category),
        tags: draft.tags(),
        draft: draft.published.is_none(),
        title: draft.title,
        body: draft.body,
        ..post
    };
    let edit = writing::save(&db, post).await?;
    announce(&db, &user, "Saved", edit).await
}

/// `GET /editor/post/{slug}/delete`
#[never_cache]
pub async fn delete_form(
    _: Author,
    State(db): State<Db>,
    Path(slug): Path<String>,
) -> Result<Html<String>, Problem> {
    let post = posts::find_any(&db, &slug)
        .await?
        .ok_or(Problem::NotFound)?;
    render::page("delete.html", context! { post })
}

/// `POST /editor/post/{slug}/delete`
pub async fn delete(
    Author(user): Author,
    State(db): State<Db>,
    Path(slug): Path<String>,
) -> Result<Response, Problem> {
    let post = posts::find_any(&db, &slug)
        .await?
        .ok_or(Problem::NotFound)?;
    let edit = writing::delete(&db, &post).await?;
    announce(&db, &user, "Deleted", edit).await
}

/// Back to the list of posts, which says what was done.
async fn announce(db: &Db, user: &AuthUser, done: &str, edit: Edit) -> Result<Response, Problem> {
    messages::leave(db, user, done, &edit).await?;
    Ok(Redirect::to("/editor").into_response())
}

/// The form again, with what was entered and what is wrong with it.
fn refuse(slug: Option<&str>, draft: &Draft, mistake: &str) -> Result<Response, Problem> {
    let page = render::page("edit.html", context! { draft, slug, mistake })?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

impl Draft {
    fn mistake(&self) -> Option<&'static str> {
        if self.title.trim().is_empty() {
            Some("Enter a title.")
        } else if self.title.len() > LONGEST_TITLE {
            Some("Enter a title of at most 200 bytes.")
        } else if slugify(&self.category).is_empty() {
            Some("Enter a category.")
        } else if self.body.trim().is_empty() {
            Some("Enter a text.")
        } else {
            None
        }
    }

    fn summary(&self) -> String {
        if self.summary.trim().is_empty() {
            markdown::summary(&self.body)
        } else {
            self.summary.clone()
        }
    }

    fn tags(&self) -> Vec<String> {
        self.tags
            .split(',')
            .map(slugify)
            .filter(|tag| !tag.is_empty())
            .collect()
    }
}

impl From<Post> for Draft {
    fn from(post: Post) -> Self {
        let tags = post.tags.join(", ");
        let published = (!post.draft).then(|| "on".to_owned());
        Self {
            title: post.title,
            category: post.category,
            tags,
            summary: post.summary,
            body: post.body,
            published,
        }
    }
}
