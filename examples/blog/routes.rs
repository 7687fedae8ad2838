//! Which address leads to which handler, and what surrounds them all.

use axum::Router;
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_SECURITY_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::middleware::{Next, from_extractor_with_state, from_fn};
use axum::response::Response;
use axum::routing::{get, post};
use cache_core::dashboard::Dashboard;

use crate::account::Author;
use crate::db::Db;
use crate::problem::Problem;
use crate::{
    account, api, assets, editor, negotiate, pages, preferences, problem, stats, theme, work,
};

/// Scripts and styles come from here alone; the pictures in posts may come from elsewhere.
const CONTENT_POLICY: &str = "default-src 'self'; img-src 'self' https: data:; object-src 'none'; base-uri 'none'; \
                              form-action 'self'; frame-ancestors 'none'";

/// The whole blog.
pub fn router(db: Db) -> Router {
    let pages = Router::new()
        .route("/", get(pages::home))
        .route("/category/{slug}", get(pages::category))
        .route("/tag/{tag}", get(pages::tag))
        .route("/post/{slug}", get(pages::post_detail))
        .route("/archive", get(pages::archive))
        .route("/about", get(pages::about))
        .route("/feed.xml", get(pages::feed))
        .route("/api/posts", get(api::list))
        .route("/api/posts/{slug}", get(api::detail))
        .route("/login", get(account::login_page).post(account::login))
        .route("/logout", post(account::logout))
        .route("/dashboard", get(account::dashboard))
        .route("/preferences", post(preferences::save))
        .route("/editor", get(editor::list))
        .route("/editor/new", get(editor::new_form).post(editor::create))
        .route(
            "/editor/post/{slug}",
            get(editor::edit_form).post(editor::save),
        )
        .route(
            "/editor/post/{slug}/delete",
            get(editor::delete_form).post(editor::delete),
        )
        .route("/stats", get(stats::page))
        .fallback(async || Problem::NotFound)
        .layer(from_fn(negotiate::normalise))
        .layer(from_fn(problem::explain))
        .layer(from_fn(work::measure));
    Router::new()
        .route("/theme.css", get(theme::stylesheet))
        .route("/theme", post(theme::choose))
        .route("/static/style.css", get(assets::stylesheet))
        .route("/static/site.js", get(assets::script))
        .route("/static/icon.svg", get(assets::icon))
        .merge(pages)
        .nest("/_cache", dashboard(&db))
        .layer(from_fn(protect))
        .with_state(db)
}

/// What the cache does, and why: for those who write here, and who may purge it. A blog that has a name adds `.hosts(["example.org"])`:
/// without, purges work under `localhost` and addresses alone.
fn dashboard(db: &Db) -> Router<Db> {
    let only_authors = from_extractor_with_state::<Author, Db>(db.clone());
    Dashboard::new().with_purge().router().layer(only_authors)
}

/// Middleware: headers that keep a browser from running what a post should not hold.
async fn protect(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    // The dashboard has a stricter one.
    headers
        .entry(CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static(CONTENT_POLICY));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
