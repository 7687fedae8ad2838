//! Who is here: login, session, and each user's own page.

use crate::render::context;
use axum::extract::{Form, FromRef, FromRequestParts, Query, State};
use axum::http::request::Parts;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use cache_core::{cache_page, never_cache};
use rusqlite::Row;
use serde::{Deserialize, Serialize};
use time::{Duration, UtcDateTime};

use crate::db::Db;
use crate::markdown;
use crate::posts;
use crate::problem::Problem;
use crate::render;

const COOKIE: &str = "session";
const SESSION_LENGTH: Duration = Duration::days(7);

/// Every user of this demonstration has it, and the login page shows it. A real site keeps salted, slow hashes.
const PASSWORD: &str = "demo";

/// Whoever has logged in. Everybody else is sent to the login page.
#[derive(Clone, Debug, Serialize)]
pub struct AuthUser {
    pub id: i64,
    pub name: String,
    pub full_name: String,
    pub is_author: bool,
}

/// A user who may write; others are told that they may not.
pub struct Author(pub AuthUser);

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Credentials {
    name: String,
    password: String,
    from: String,
}

/// `GET /dashboard`
#[cache_page(
    cache = "pages",
    key = "dashboard_user_{user.id}",
    ttl = "5m",
    tags("author:{user.full_name}")
)]
pub async fn dashboard(user: AuthUser, State(db): State<Db>) -> Result<Html<String>, Problem> {
    let posts = posts::by_author(&db, &user.full_name).await?;
    let minutes: usize = posts.iter().map(markdown::reading_time).sum();
    let drafts = posts.iter().filter(|post| post.draft).count();
    render::page("dashboard.html", context! { user, posts, minutes, drafts })
}

/// `GET /login`
#[never_cache]
pub async fn login_page(
    State(db): State<Db>,
    Query(entered): Query<Credentials>,
) -> Result<Response, Problem> {
    show_login(&db, entered, false).await
}

/// `POST /login`
pub async fn login(
    State(db): State<Db>,
    jar: CookieJar,
    Form(entered): Form<Credentials>,
) -> Result<Response, Problem> {
    let user: Option<(i64,)> = db
        .first(
            "SELECT id FROM users WHERE name = ?1",
            (entered.name.clone(),),
        )
        .await?;
    let Some((user_id,)) = user.filter(|_| entered.password == PASSWORD) else {
        return show_login(&db, entered, true).await;
    };
    let token = new_token()?;
    let expires = (UtcDateTime::now() + SESSION_LENGTH).unix_timestamp();
    db.execute("DELETE FROM sessions WHERE expires < unixepoch()", ())
        .await?;
    db.execute(
        "INSERT INTO sessions VALUES (?1, ?2, ?3)",
        (token.clone(), user_id, expires),
    )
    .await?;
    // `Lax` keeps the cookie out of forms that other sites post here.
    let cookie = Cookie::build((COOKIE, token))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .max_age(SESSION_LENGTH);
    Ok((jar.add(cookie), Redirect::to(local(&entered.from))).into_response())
}

/// `POST /logout`
pub async fn logout(
    State(db): State<Db>,
    jar: CookieJar,
) -> Result<(CookieJar, Redirect), Problem> {
    if let Some(cookie) = jar.get(COOKIE) {
        db.execute(
            "DELETE FROM sessions WHERE token = ?1",
            (cookie.value().to_owned(),),
        )
        .await?;
    }
    Ok((
        jar.remove(Cookie::build(COOKIE).path("/")),
        Redirect::to("/"),
    ))
}

async fn show_login(db: &Db, entered: Credentials, wrong: bool) -> Result<Response, Problem> {
    let users: Vec<AuthUser> = db.all("SELECT * FROM users ORDER BY id", ()).await?;
    let Credentials { name, from, .. } = entered;
    let page = render::page(
        "login.html",
        context! { users, name, from, wrong, password => PASSWORD },
    )?;
    let status = if wrong {
        axum::http::StatusCode::UNAUTHORIZED
    } else {
        axum::http::StatusCode::OK
    };
    Ok((status, page).into_response())
}

fn new_token() -> Result<String, Problem> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| {
        eprintln!("random numbers: {error}");
        Problem::Internal
    })?;
    Ok(format!("{:032x}", u128::from_ne_bytes(bytes)))
}

/// The path to go to after a login, never on another site.
fn local(path: &str) -> &str {
    let ours = path.starts_with('/')
        && !path.starts_with("//")
        && path
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "/-_.".contains(c));
    if ours { path } else { "/dashboard" }
}

impl<S: Send + Sync> FromRequestParts<S> for AuthUser
where
    Db: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let jar = CookieJar::from_headers(&parts.headers);
        let login_needed = || Problem::LoginNeeded {
            from: parts.uri.path().to_owned(),
        };
        let token = jar.get(COOKIE).ok_or_else(login_needed)?.value().to_owned();
        let sql = "SELECT users.* FROM sessions JOIN users ON users.id = user_id
                   WHERE token = ?1 AND expires > unixepoch()";
        Db::from_ref(state)
            .first(sql, (token,))
            .await?
            .ok_or_else(login_needed)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Author
where
    Db: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let user = AuthUser::from_request_parts(parts, state).await?;
        if user.is_author {
            Ok(Self(user))
        } else {
            Err(Problem::Forbidden)
        }
    }
}

impl TryFrom<&Row<'_>> for AuthUser {
    type Error = rusqlite::Error;

    fn try_from(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            name: row.get("name")?,
            full_name: row.get("full_name")?,
            is_author: row.get("is_author")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_leads_to_our_own_pages_alone() {
        assert_eq!(local("/editor/post/a-b"), "/editor/post/a-b");
        for foreign in [
            "",
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "/x\r\nSet-Cookie: a=b",
            "evil",
        ] {
            assert_eq!(local(foreign), "/dashboard", "{foreign:?}");
        }
    }
}
