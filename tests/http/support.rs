//! A client without a network, and pages that tell whether they ran.

use std::sync::atomic::{AtomicU16, AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{FromRequestParts, Request};
use axum::handler::Handler;
use axum::http::request::{self, Parts};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::any;
use tower::ServiceExt;

/// A number that no other run of any handler has.
pub(crate) fn run() -> u64 {
    static RUNS: AtomicU64 = AtomicU64::new(1);
    RUNS.fetch_add(1, Ordering::Relaxed)
}

/// A visitor, known by `X-Visitor` or `Authorization`, which no attribute declares; others are rejected.
pub(crate) struct Visitor {
    pub(crate) id: u64,
}

impl<S: Sync> FromRequestParts<S> for Visitor {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        let id = parts
            .headers
            .get("x-visitor")
            .or(parts.headers.get("authorization"));
        id.and_then(|id| id.to_str().ok()?.parse().ok())
            .map(|id| Self { id })
            .ok_or(StatusCode::UNAUTHORIZED)
    }
}

/// A post, whose revision the request names: as if it had been looked up.
pub(crate) struct Post {
    pub(crate) revision: u64,
    pub(crate) updated: SystemTime,
}

impl<S: Sync> FromRequestParts<S> for Post {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        let revision = parts.uri.query().and_then(|query| query.parse().ok());
        let revision = revision.ok_or(StatusCode::NOT_FOUND)?;
        Ok(Self {
            revision,
            updated: SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777 + revision),
        })
    }
}

impl cache_core::PageInput for Post {}

pub(crate) const DATE_OF_1: &str = "Sun, 06 Nov 1994 08:49:38 GMT";
pub(crate) const DATE_OF_2: &str = "Sun, 06 Nov 1994 08:49:39 GMT";

/// An answer, read to its end.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    /// All lines of a field, joined.
    pub(crate) fn field(&self, name: &str) -> Option<String> {
        let lines: Vec<_> = self
            .headers
            .get_all(name)
            .iter()
            .map(|line| String::from_utf8_lossy(line.as_bytes()))
            .collect();
        (!lines.is_empty()).then(|| lines.join(", "))
    }

    /// What the cache says that it did.
    pub(crate) fn cache(&self) -> String {
        self.field("cache-status")
            .expect("an answer of a page has a Cache-Status")
    }

    pub(crate) fn is_hit(&self) -> bool {
        self.cache().starts_with("cache-core; hit; ttl=")
    }

    #[track_caller]
    pub(crate) fn assert_hit(&self) -> &Self {
        assert!(self.is_hit(), "no hit: {self:?}");
        self
    }

    #[track_caller]
    pub(crate) fn assert_stored(&self) -> &Self {
        assert!(self.cache().contains("; stored"), "not stored: {self:?}");
        self
    }

    /// That the answer was made by the handler and is not kept, for this reason.
    #[track_caller]
    pub(crate) fn assert_refused(&self, detail: &str) -> &Self {
        assert_eq!(
            self.cache(),
            format!("cache-core; fwd=uri-miss; detail={detail}")
        );
        self
    }

    #[track_caller]
    pub(crate) fn assert_bypassed(&self, detail: &str) -> &Self {
        assert_eq!(
            self.cache(),
            format!("cache-core; fwd=bypass; detail={detail}")
        );
        self
    }
}

/// A source that can be broken.
pub(crate) struct Source {
    status: AtomicU16,
    runs: AtomicU64,
}

impl Source {
    pub(crate) const fn new() -> Self {
        Self {
            status: AtomicU16::new(200),
            runs: AtomicU64::new(0),
        }
    }

    /// From now on the page answers with this status.
    pub(crate) fn answers(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    pub(crate) fn runs(&self) -> u64 {
        self.runs.load(Ordering::SeqCst)
    }

    pub(crate) fn page(&self) -> (StatusCode, String) {
        let runs = self.runs.fetch_add(1, Ordering::SeqCst) + 1;
        let status = self.status.load(Ordering::SeqCst);
        assert_ne!(status, 599, "the handler was told to panic");
        let status = StatusCode::from_u16(status).expect("a status");
        (status, format!("run {runs}"))
    }
}

/// What an answer shows, and what the cache says that it did.
#[track_caller]
pub(crate) fn assert_status(answer: &Answer, body: &str, cache: &str) {
    assert_eq!(
        (answer.body.as_str(), answer.cache().as_str()),
        (body, format!("cache-core; {cache}").as_str())
    );
}

/// That no other cache keeps an answer.
#[track_caller]
pub(crate) fn assert_ends(answer: &Answer) {
    assert_eq!(
        answer.field("cache-control").as_deref(),
        Some("max-age=0, must-revalidate")
    );
    assert_eq!(answer.field("expires"), None);
}

/// A router that answers every path by one handler.
pub(crate) fn site<T: 'static>(handler: impl Handler<T, ()>) -> Router {
    Router::new()
        .route("/{*path}", any(handler.clone()))
        .route("/", any(handler))
}

pub(crate) async fn send(app: &Router, request: Request) -> Answer {
    let (parts, body) = app
        .clone()
        .oneshot(request)
        .await
        .expect("a router answers")
        .into_parts();
    let body = to_bytes(body, usize::MAX).await.expect("a body that ends");
    Answer {
        status: parts.status,
        headers: parts.headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    }
}

pub(crate) fn request(method: &str, target: &str, fields: &[(&str, &str)]) -> Request {
    let build = request::Builder::new().method(method).uri(target);
    let build = fields.iter().fold(build, |build, (name, value)| {
        build.header(*name, value.as_bytes())
    });
    build.body(Body::empty()).expect("a request")
}

pub(crate) async fn get(app: &Router, target: &str) -> Answer {
    get_with(app, target, &[]).await
}

pub(crate) async fn get_with(app: &Router, target: &str, fields: &[(&str, &str)]) -> Answer {
    send(app, request("GET", target, fields)).await
}

/// That one request's answer is given to the other, and nobody else's.
#[track_caller]
pub(crate) fn assert_same(one: &Answer, other: &Answer) {
    assert_eq!(one.body, other.body);
}

#[track_caller]
pub(crate) fn assert_apart(one: &Answer, other: &Answer) {
    assert_ne!(one.body, other.body);
}

#[track_caller]
pub(crate) fn assert_304(answer: &Answer) {
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (StatusCode::NOT_MODIFIED, ""),
        "{answer:?}"
    );
}
