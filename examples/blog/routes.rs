//! Which address leads to which handler, and what surrounds them all.

use axum::Router;
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_SECURITY_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::{get, post};

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
        .layer(from_fn(protect))
        .with_state(db)
}

/// Middleware: headers that keep a browser from running what a post should not hold.
async fn protect(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(CONTENT_POLICY),
    );
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
