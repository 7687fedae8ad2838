//! Finds pages that show one visitor what was made for another.

use std::fmt::Debug;
use std::future::poll_fn;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body::Body;
use http_body_util::BodyExt;
use tower_service::Service;

use super::scope;
use crate::caches::Caches;

/// An answer that another visitor's request has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LeakedAnswer {
    /// The target that was asked for.
    pub target: String,
    /// The status and the body that the second visitor gets after the first, from the caches.
    pub cached: (StatusCode, Bytes),
    /// The status and the body that it gets without them.
    pub uncached: (StatusCode, Bytes),
}

/// Asks for each target as one visitor, so that caches are filled, and then as another one; and compares what the other one gets with what
/// it would get without caches. Returns the answers that differ: they depend on who asks, and the cache does not know it.
///
/// `one` and `other` turn a request into that of a visitor, by a cookie or an `Authorization` field. Each target starts with empty caches.
/// Compared are status and body, without fields of the head. What differs at each request, such as a token in a form, is reported as well:
/// compare it in a test of its own, or leave it out of the page.
///
/// # Errors
///
/// The first error of the service.
///
/// # Panics
///
/// If the body of an answer fails.
///
/// ```
/// # #[cfg(feature = "axum")] {
/// use axum::{Router, body::Body, http::Request, routing::get};
/// use cache_core::{CachePageLayer, testing::leaked_answers};
///
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// async fn home(headers: axum::http::HeaderMap) -> String {
///     format!("hello {:?}", headers.get("x-user"))
/// }
///
/// // A cache of shared responses in front of a page that says hello, and forgets to say `Vary` or `private`.
/// let site: Router = Router::new()
///     .route("/", get(async |headers| ([("cache-control", "max-age=60")], home(headers).await)))
///     .layer(CachePageLayer::shared());
/// let user = |name: &'static str| move |mut request: Request<Body>| {
///     request.headers_mut().insert("x-user", name.parse().unwrap());
///     request
/// };
/// let leaked = leaked_answers(&site, ["/"], user("alice"), user("bob")).await.unwrap();
/// assert_eq!(leaked[0].cached.1, "hello Some(\"alice\")");
/// # });
/// # }
/// ```
pub async fn leaked_answers<S, B, R>(
    service: &S,
    targets: impl IntoIterator<Item = impl AsRef<str>>,
    one: impl Fn(Request<B>) -> Request<B>,
    other: impl Fn(Request<B>) -> Request<B>,
) -> Result<Vec<LeakedAnswer>, S::Error>
where
    S: Service<Request<B>, Response = Response<R>> + Clone,
    B: Default,
    R: Body<Data = Bytes, Error: Debug>,
{
    let mut leaked = Vec::new();
    for target in targets {
        let target = target.as_ref();
        let ask = async |as_visitor: &dyn Fn(Request<B>) -> Request<B>| {
            let request = Request::get(target).header("host", "localhost");
            let request = request
                .body(B::default())
                .expect("a target that can be asked for");
            answer(service, as_visitor(request)).await
        };
        let cached = scope(Caches::new(), async {
            ask(&one).await?;
            ask(&other).await
        });
        let cached = cached.await?;
        let uncached = scope(Caches::off(), ask(&other)).await?;
        if cached != uncached {
            leaked.push(LeakedAnswer {
                target: target.to_owned(),
                cached,
                uncached,
            });
        }
    }
    Ok(leaked)
}

/// The status and the body of an answer.
async fn answer<S, B, R>(service: &S, request: Request<B>) -> Result<(StatusCode, Bytes), S::Error>
where
    S: Service<Request<B>, Response = Response<R>> + Clone,
    R: Body<Data = Bytes, Error: Debug>,
{
    let mut service = service.clone();
    poll_fn(|context| service.poll_ready(context)).await?;
    let response = service.call(request).await?;
    let status = response.status();
    let body = response.into_body().collect().await;
    Ok((status, body.expect("a body that can be read").to_bytes()))
}
