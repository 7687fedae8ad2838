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
use crate::http::serve::{Calls, Handler, Missed, serve_by};
use crate::http::visit::Visit;
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
    let hit = |visit: &Visit<'static>, _: &mut Deferred<E, L>| visit.hit();
    let miss = async |missed: Missed, handler: Handler<E, L, Deferred<E, L>, _>| {
        let answer = missed
            .visit
            .miss(missed.request, missed.ttl, || handler.run());
        answer.await
    };
    let calls = Calls { lookup, tags, load };
    let answer = serve_by(page, instance, personal, request, calls, hit, miss);
    to_client(&method, answer.await)
}

/// [`serve`] of a page whose handler may run behind its client: on the thread of its worker, as the client's own run.
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
    let hit = |visit: &Visit<'static>, _: &mut Deferred<E, L>| visit.hit();
    let miss = async |missed: Missed, handler: Handler<E, L, Deferred<E, L>, _>| {
        let handler = SendWrapper::new(handler);
        let handler: OwnedHandler<HandlerBody> =
            Box::new(move || Box::pin(SendWrapper::new(handler.take().run())));
        let answer = missed
            .visit
            .miss_or_behind(missed.request, missed.ttl, handler);
        answer.await
    };
    let calls = Calls { lookup, tags, load };
    let answer = serve_by(page, instance, personal, request, calls, hit, miss);
    to_client(&method, answer.await)
}
