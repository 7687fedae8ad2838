//! A request through a page of actix-web.

use std::future::Future;

use actix_web::HttpResponse;
use send_wrapper::SendWrapper;

use super::deferred::Deferred;
use super::response::{HandlerBody, to_client};
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
) -> HttpResponse
where
    F: Future<Output = HandlerAnswer<HandlerBody>>,
{
    let method = request.method.clone();
    let calls = Calls { lookup, tags, load };
    to_client(
        &method,
        serve::serve(page, instance, personal, request, calls, |_, _| {}).await,
    )
}

/// `serve` of a page whose handler may run behind its client: on the thread of its worker, as the client's own run.
pub async fn serve_or_behind<E, L, F, const TAGS: usize>(
    page: &'static Page,
    instance: Instance,
    personal: bool,
    request: Deferred<E, L>,
    lookup: impl FnOnce(&E) -> PageLookup,
    tags: impl FnOnce(&E) -> [Tag; TAGS],
    load: impl FnOnce(E, L) -> F + 'static,
) -> HttpResponse
where
    E: 'static,
    L: 'static,
    F: Future<Output = HandlerAnswer<HandlerBody>> + 'static,
{
    let method = request.method.clone();
    let calls = Calls { lookup, tags, load };
    let own = |handler: Handler<E, L, Deferred<E, L>, _>| -> OwnedHandler<HandlerBody> {
        let handler = SendWrapper::new(handler);
        Box::new(move || Box::pin(SendWrapper::new(handler.take().run())))
    };
    let answer = serve::serve_or_behind(page, instance, personal, request, calls, own, |_, _| {});
    to_client(&method, answer.await)
}
