//! A request through a page of axum.

use std::future::Future;

use ::axum::body::Body;
use ::axum::response::Response;

use super::deferred::Deferred;
use super::response;
use crate::http::answer::HandlerAnswer;
use crate::http::behind::OwnedHandler;
use crate::http::lookup::PageLookup;
use crate::http::page::Page;
use crate::http::serve::{self, Calls, Handler};
use crate::key::Tag;
use crate::site::Instance;

/// Answers a request from the cache, or runs the handler through `load`. `personal` says that the key holds what is for one visitor;
/// `tags` are those that follow from the arguments of the look-up.
pub async fn serve<E, L, F, const TAGS: usize>(
    page: &'static Page,
    instance: Instance,
    personal: bool,
    request: Deferred<E, L>,
    lookup: impl FnOnce(&E) -> PageLookup,
    tags: impl FnOnce(&E) -> [Tag; TAGS],
    load: impl FnOnce(E, L) -> F,
) -> Response
where
    F: Future<Output = HandlerAnswer<Body>>,
{
    let calls = Calls { lookup, tags, load };
    response::answer(serve::serve(page, instance, personal, request, calls).await)
}

/// `serve` of a page whose handler may run behind its client.
pub async fn serve_or_behind<E, L, F, const TAGS: usize>(
    page: &'static Page,
    instance: Instance,
    personal: bool,
    request: Deferred<E, L>,
    lookup: impl FnOnce(&E) -> PageLookup,
    tags: impl FnOnce(&E) -> [Tag; TAGS],
    load: impl FnOnce(E, L) -> F + Send + 'static,
) -> Response
where
    E: Send + 'static,
    L: Send + 'static,
    F: Future<Output = HandlerAnswer<Body>> + Send + 'static,
{
    let calls = Calls { lookup, tags, load };
    let own = |handler: Handler<E, L, Deferred<E, L>, _>| -> OwnedHandler<Body> {
        Box::new(|| Box::pin(handler.run()))
    };
    let answer = serve::serve_or_behind(page, instance, personal, request, calls, own);
    response::answer(answer.await)
}
