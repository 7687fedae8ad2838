//! A request through a page of axum.

use std::future::Future;

use ::axum::body::Body;
use ::axum::response::Response;

use super::deferred::Deferred;
use super::response;
use super::sources::Unasked;
use super::verify::{self, VerifiedPage};
use super::warm::{HandlerAgain, IsThere, render_unasked};
use crate::http::answer::HandlerAnswer;
use crate::http::behind::OwnedHandler;
use crate::http::lookup::PageLookup;
use crate::http::page::Page;
use crate::http::serve::{self, Calls, Handler, Missed, serve_by};
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
    lookup: impl Fn(&E) -> PageLookup + Copy,
    tags: impl Fn(&E) -> [Tag; TAGS] + Copy,
    load: impl Fn(E, L) -> F + Copy,
) -> Response
where
    F: Future<Output = HandlerAnswer<Body>>,
{
    let calls = Calls { lookup, tags, load };
    let again =
        move |request: &mut Deferred<E, L>| HandlerAgain::of(page, instance, calls, request);
    let mut verified = None;
    let seen = |visit: &Visit<'static>, request: &mut Deferred<E, L>| {
        verified = VerifiedPage::of(visit, personal, || again(request));
    };
    let answer = serve::serve(page, instance, personal, request, calls, seen).await;
    if let Some(verified) = verified {
        Box::pin(verified.run()).await;
    }
    response::answer(answer)
}

/// `serve` of a page whose handler may run behind its client.
pub async fn serve_or_behind<E, L, F, const TAGS: usize>(
    page: &'static Page,
    instance: Instance,
    personal: bool,
    request: Deferred<E, L>,
    lookup: impl Fn(&E) -> PageLookup + Copy + Send + Sync + 'static,
    tags: impl Fn(&E) -> [Tag; TAGS] + Copy + Send + Sync + 'static,
    load: impl Fn(E, L) -> F + Copy + Send + Sync + 'static,
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
    let again =
        move |request: &mut Deferred<E, L>| HandlerAgain::of(page, instance, calls, request);
    let mut verified = None;
    let seen = |visit: &Visit<'static>, request: &mut Deferred<E, L>| {
        verified = VerifiedPage::of(visit, personal, || again(request));
    };
    let answer = serve::serve_or_behind(page, instance, personal, request, calls, own, seen).await;
    if let Some(verified) = verified {
        verify::run_or_spawn(verified).await;
    }
    response::answer(answer)
}

/// [`serve_or_behind`] of a page that counts how often it is asked for, and is rendered again after an
/// invalidation.
pub async fn serve_warm<E, L, F, K, T, C, const TAGS: usize>(
    page: &'static Page,
    instance: Instance,
    personal: bool,
    mut request: Deferred<E, L>,
    lookup: K,
    tags: T,
    load: C,
) -> Response
where
    E: Send + 'static,
    L: Send + 'static,
    F: Future<Output = HandlerAnswer<Body>> + Send + 'static,
    K: Fn(&E) -> PageLookup + Copy + Send + Sync + 'static,
    T: Fn(&E) -> [Tag; TAGS] + Copy + Send + Sync + 'static,
    C: Fn(E, L) -> F + Copy + Send + Sync + 'static,
{
    let calls = Calls { lookup, tags, load };
    if let Some(unasked) = request.0.sources().unasked() {
        return Box::pin(serve_unasked(page, instance, request, calls, unasked)).await;
    }
    let again =
        move |request: &mut Deferred<E, L>| HandlerAgain::of(page, instance, calls, request);
    let mut verified = None;
    let hit = |visit: &Visit<'static>, request: &mut Deferred<E, L>| {
        let hit = visit.hit_counted(page, || again(request))?;
        verified = VerifiedPage::of(visit, personal, || again(request));
        Some(hit)
    };
    let miss = move |missed: Missed, mut handler: Handler<E, L, Deferred<E, L>, C>| async move {
        let Missed {
            visit,
            request,
            ttl,
        } = missed;
        let count = visit.missed(page, 1, again(&mut handler.request));
        let handler: OwnedHandler<Body> = Box::new(|| Box::pin(handler.run()));
        let answer = visit.miss_or_behind(request, ttl, handler).await;
        count();
        answer
    };
    let answer = serve_by(page, instance, personal, request, calls, hit, miss).await;
    if let Some(verified) = verified {
        verify::run_or_spawn(verified).await;
    }
    response::answer(answer)
}

/// Answers a request that no client has sent: renders its page, if it is for this one, and says whether it is there.
async fn serve_unasked<E, L, F, K, T, C, const TAGS: usize>(
    page: &'static Page,
    instance: Instance,
    mut request: Deferred<E, L>,
    calls: Calls<K, T, C>,
    unasked: Unasked,
) -> Response
where
    E: Send + 'static,
    L: Send + 'static,
    F: Future<Output = HandlerAnswer<Body>> + Send + 'static,
    K: Fn(&E) -> PageLookup + Copy + Send + Sync + 'static,
    T: Fn(&E) -> [Tag; TAGS] + Copy + Send + Sync + 'static,
    C: Fn(E, L) -> F + Copy + Send + Sync + 'static,
{
    let mut answer = Response::new(Body::empty());
    if std::ptr::eq(unasked.site, page.site()) {
        let handler = HandlerAgain::of(page, instance, calls, &mut request);
        let count = |visit: &Visit<'static>| visit.missed(page, unasked.asks, handler);
        if render_unasked(page, instance, request, calls, None, count).await {
            answer.extensions_mut().insert(IsThere);
        }
    }
    answer
}
