//! A request through a page of axum.

use std::future::Future;
use std::time::Duration;

use ::axum::body::Body;
use ::axum::response::Response;

use super::deferred::{Deferred, ErasedExtractors};
use super::response;
use crate::http::answer::HandlerAnswer;
use crate::http::answer::body::PageBody;
use crate::http::behind::OwnedHandler;
use crate::http::lookup::PageLookup;
use crate::http::page::Page;
use crate::http::refusal::Bypass;
use crate::http::visit::Visit;
use crate::key::Tag;
use crate::load::LoadRequest;
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
    let miss = async |missed: Missed, handler: Handler<E, L, _>| {
        let answer = missed
            .visit
            .miss(missed.request, missed.ttl, || handler.run());
        answer.await
    };
    serve_by(page, instance, personal, request, lookup, tags, load, miss).await
}

/// [`serve`] of a page whose handler may run behind its client.
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
    let miss = async |missed: Missed, handler: Handler<E, L, _>| {
        let handler: OwnedHandler<Body> = Box::new(|| Box::pin(handler.run()));
        let answer = missed
            .visit
            .miss_or_behind(missed.request, missed.ttl, handler);
        answer.await
    };
    serve_by(page, instance, personal, request, lookup, tags, load, miss).await
}

/// What a request comes to that has found nothing.
struct Missed {
    visit: Visit<'static>,
    request: LoadRequest<'static, Box<[u8]>>,
    ttl: Duration,
}

/// The handler, with the arguments of the look-up and the means to extract the others.
struct Handler<E, L, C> {
    before: E,
    extractors: Box<dyn ErasedExtractors<E, L>>,
    load: C,
}

impl<E, L, C> Handler<E, L, C> {
    async fn run<F>(self) -> HandlerAnswer<Body>
    where
        C: FnOnce(E, L) -> F,
        F: Future<Output = HandlerAnswer<Body>>,
    {
        match self.extractors.on_miss().await {
            Ok(on_miss) => (self.load)(self.before, on_miss).await,
            Err(rejection) => HandlerAnswer::rejected(rejection),
        }
    }
}

#[expect(
    clippy::too_many_arguments,
    reason = "what generated code says, and how it misses"
)]
async fn serve_by<E, L, C, F, M, A, const TAGS: usize>(
    page: &'static Page,
    instance: Instance,
    personal: bool,
    request: Deferred<E, L>,
    lookup: impl FnOnce(&E) -> PageLookup,
    tags: impl FnOnce(&E) -> [Tag; TAGS],
    load: C,
    miss: M,
) -> Response
where
    C: FnOnce(E, L) -> F,
    F: Future<Output = HandlerAnswer<Body>>,
    M: FnOnce(Missed, Handler<E, L, C>) -> A,
    A: Future<Output = ::http::Response<PageBody<Body>>>,
{
    let (instance, Deferred(mut extractors)) = (instance.with_types::<(E, L)>(), request);
    extractors.sources().keyed_by(page, personal);
    let before = match extractors.none() {
        Some(before) => before,
        None => match extractors.before_lookup().await {
            Ok(before) => before,
            Err(rejection) => return page.rules().bypassed(rejection, Bypass::Rejected),
        },
    };
    let lookup = lookup(&before);
    let sources = extractors.sources();
    let target = sources.target(lookup.name());
    let visit = page.visit(instance, &sources.view(), target, personal, &lookup);
    if let Ok(visit) = &visit
        && let Some(hit) = visit.hit()
    {
        return response::from_cache(hit);
    }
    // In a box, so that the future of a hit, which is moved a few times, does not carry the room for a miss.
    Box::pin(async move {
        let reason = match visit {
            Ok(visit) if extractors.sources().rebuild(visit.key()) => {
                let (mut request, ttl) = (page.load(instance, &visit), page.default_ttl());
                request.also(tags(&before).iter().map(Tag::name));
                let missed = Missed {
                    visit,
                    request,
                    ttl,
                };
                let handler = Handler {
                    before,
                    extractors,
                    load,
                };
                return response::answer(miss(missed, handler).await);
            }
            Ok(_) => Bypass::Target,
            Err(reason) => reason,
        };
        let changes = extractors.sources().view().changes();
        let before = if extractors.sources().bypass() {
            extractors.before_lookup_again(before).await
        } else {
            Ok(before)
        };
        let answer = match before {
            Ok(before) => {
                let handler = Handler {
                    before,
                    extractors,
                    load,
                };
                handler.run().await
            }
            Err(rejection) => HandlerAnswer::rejected(rejection),
        };
        page.bypassed(answer, reason, changes, lookup.name()).await
    })
    .await
}
