//! A request through a page of axum.

use std::future::Future;
use std::time::Duration;

use ::axum::body::Body;
use ::axum::response::Response;
use bytes::Bytes;

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
    let hit = |visit: &Visit<'static>, _: &mut Extractors<E, L>| visit.hit();
    let miss = async |missed: Missed, handler: Handler<E, L, _>| {
        let answer = missed
            .visit
            .miss(missed.request, missed.ttl, || handler.run());
        answer.await
    };
    let calls = Calls { lookup, tags, load };
    serve_by(page, instance, personal, request, calls, hit, miss).await
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
    let hit = |visit: &Visit<'static>, _: &mut Extractors<E, L>| visit.hit();
    let miss = async |missed: Missed, handler: Handler<E, L, _>| {
        let handler: OwnedHandler<Body> = Box::new(|| Box::pin(handler.run()));
        let answer = missed
            .visit
            .miss_or_behind(missed.request, missed.ttl, handler);
        answer.await
    };
    let calls = Calls { lookup, tags, load };
    serve_by(page, instance, personal, request, calls, hit, miss).await
}

/// What a request comes to that has found nothing.
pub(super) struct Missed {
    pub(super) visit: Visit<'static>,
    pub(super) request: LoadRequest<'static, Box<[u8]>>,
    pub(super) ttl: Duration,
}

impl Missed {
    pub(super) fn new(
        page: &Page,
        instance: Instance,
        visit: Visit<'static>,
        tags: &[Tag],
    ) -> Self {
        let (mut request, ttl) = (page.load(instance, &visit), page.default_ttl());
        request.also(tags.iter().map(Tag::name));
        Self {
            visit,
            request,
            ttl,
        }
    }
}

/// The handler, with the arguments of the look-up and the means to extract the others.
pub(super) struct Handler<E, L, C> {
    pub(super) before: E,
    pub(super) extractors: Box<Extractors<E, L>>,
    pub(super) load: C,
}

/// The extractors of a handler.
pub(super) type Extractors<E, L> = dyn ErasedExtractors<E, L>;

/// What generated code says of a page.
#[derive(Clone, Copy)]
pub(super) struct Calls<K, T, C> {
    /// What is looked up.
    pub(super) lookup: K,
    /// The tags that follow from the arguments of the look-up.
    pub(super) tags: T,
    /// The body.
    pub(super) load: C,
}

impl<E, L, C> Handler<E, L, C> {
    pub(super) async fn run<F>(self) -> HandlerAnswer<Body>
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

/// Answers a request; `hit` looks in this process, and `miss` answers what it does not find.
pub(super) async fn serve_by<E, L, K, T, C, F, M, A, const TAGS: usize>(
    page: &'static Page,
    instance: Instance,
    personal: bool,
    request: Deferred<E, L>,
    Calls { lookup, tags, load }: Calls<K, T, C>,
    hit: impl FnOnce(&Visit<'static>, &mut Extractors<E, L>) -> Option<::http::Response<Bytes>>,
    miss: M,
) -> Response
where
    K: FnOnce(&E) -> PageLookup,
    T: FnOnce(&E) -> [Tag; TAGS],
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
        && let Some(hit) = hit(visit, &mut *extractors)
    {
        return response::from_cache(hit);
    }
    // In a box, so that the future of a hit, which is moved a few times, does not carry the room for a miss.
    Box::pin(async move {
        let mut handler = Handler {
            before,
            extractors,
            load,
        };
        let reason = match visit {
            Ok(visit) if handler.extractors.sources().rebuild(visit.key()) => {
                let missed = Missed::new(page, instance, visit, &tags(&handler.before));
                return response::answer(miss(missed, handler).await);
            }
            Ok(_) => Bypass::Target,
            Err(reason) => reason,
        };
        bypass(page, lookup, handler, reason).await
    })
    .await
}

/// Answers a request that is not looked up, for this reason: the handler runs on what the client has sent.
async fn bypass<E, L, C, F>(
    page: &'static Page,
    lookup: PageLookup,
    handler: Handler<E, L, C>,
    reason: Bypass,
) -> Response
where
    C: FnOnce(E, L) -> F,
    F: Future<Output = HandlerAnswer<Body>>,
{
    let Handler {
        before,
        mut extractors,
        load,
    } = handler;
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
}
