//! What goes wrong, and how it looks.

use crate::render::context;
use axum::Json;
use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};

use crate::db::DbError;
use crate::render;

/// Why a request has no ordinary answer.
#[derive(Clone, Debug)]
pub enum Problem {
    NotFound,
    Forbidden,
    /// The page is for users; `from` is the path to come back to.
    LoginNeeded {
        from: String,
    },
    /// It was written to the log. Readers learn no more than that it happened.
    Internal,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        match self {
            Self::NotFound => {
                (StatusCode::NOT_FOUND, "There is no page at this address.").into_response()
            }
            Self::Forbidden => {
                (StatusCode::FORBIDDEN, "Only authors can open this page.").into_response()
            }
            Self::LoginNeeded { from } => {
                Redirect::to(&format!("/login?from={from}")).into_response()
            }
            Self::Internal => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "Something went wrong. The server has logged the error.",
            )
                .into_response(),
        }
    }
}

impl From<DbError> for Problem {
    fn from(error: DbError) -> Self {
        eprintln!("database: {error}");
        Self::Internal
    }
}

impl From<minijinja::Error> for Problem {
    fn from(error: minijinja::Error) -> Self {
        eprintln!("template: {error:#}");
        Self::Internal
    }
}

/// Middleware: a plain error, be it of ours or of an extractor, becomes a page, and JSON below `/api`.
pub async fn explain(request: Request, next: Next) -> Response {
    let api = request.uri().path().starts_with("/api/");
    let response = next.run(request).await;
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) || !is_plain(response.headers()) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let body = to_bytes(body, 4096).await.unwrap_or_default();
    let text = String::from_utf8_lossy(&body);
    let reason = if text.is_empty() {
        status.canonical_reason().unwrap_or("Error")
    } else {
        &text
    };
    let title = status.canonical_reason().unwrap_or("Error");
    let shown = if api {
        Ok(Json(serde_json::json!({ "status": status.as_u16(), "error": reason })).into_response())
    } else {
        render::page(
            "problem.html",
            context! { title, reason, status => status.as_u16() },
        )
        .map(IntoResponse::into_response)
    };
    let Ok(shown) = shown else {
        return (parts, text.into_owned()).into_response();
    };
    parts.headers.remove(CONTENT_LENGTH);
    parts.headers.insert(
        CONTENT_TYPE,
        shown
            .headers()
            .get(CONTENT_TYPE)
            .cloned()
            .unwrap_or(HeaderValue::from_static("text/plain")),
    );
    (parts, shown.into_body()).into_response()
}

fn is_plain(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_TYPE)
        .is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"))
}
