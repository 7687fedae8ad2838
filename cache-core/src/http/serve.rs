//! A request through a handler under `#[cache_page]`.
//!
//! Arguments that the key or a guard names are extracted before the look-up, from the client's request. The others are extracted on a
//! miss, from a request that is rebuilt from the key, or from the client's where nothing is looked up.

use std::convert::Infallible;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::time::Duration;

use http::Response;
use http_body::Body;

use super::answer::HandlerAnswer;
use super::behind::OwnedHandler;
use super::body::AnswerBody;
use super::deferred::DeferredRequest;
use super::lookup::PageLookup;
use super::page::{Page, depend_on};
use super::ready::ReadyAnswer;
use super::refusal::Bypass;
use super::shown::FieldForm;
use super::visit::Visit;
use crate::context;
use crate::key::Tag;
use crate::load::LoadRequest;
use crate::site::Instance;

/// What a request comes to.
pub(crate) enum PageServed<F, B: Body> {
    /// It was in this process.
    Ready(ReadyAnswer<F>),
    /// It comes from elsewhere.
    Loaded(Response<AnswerBody<B>>),
}

/// What generated code says of a page.
#[derive(Clone, Copy)]
pub(crate) struct Calls<K, T, C> {
    /// What is looked up.
    pub(crate) lookup: K,
    /// The tags that follow from the arguments of the look-up.
    pub(crate) tags: T,
    /// The body.
    pub(crate) load: C,
}

/// The handler, with the arguments of the look-up and the means to extract the others.
pub(crate) struct Handler<E, L, D, C> {
    before: E,
    pub(crate) request: D,
    load: C,
    on_miss: PhantomData<fn() -> L>,
}

impl<E, L, D: DeferredRequest<E, L>, C> Handler<E, L, D, C> {
    pub(crate) fn new(before: E, request: D, load: C) -> Self {
        Self {
            before,
            request,
            load,
            on_miss: PhantomData,
        }
    }

    pub(crate) async fn run<F>(self) -> HandlerAnswer<D::Body>
    where
        C: FnOnce(E, L) -> F,
        F: Future<Output = HandlerAnswer<D::Body>>,
    {
        match self.request.on_miss().await {
            Ok(on_miss) => (self.load)(self.before, on_miss).await,
            Err(rejection) => HandlerAnswer::rejected(rejection),
        }
    }
}

/// What a request comes to that has found nothing.
pub(crate) struct Missed {
    pub(crate) visit: Visit<'static>,
    pub(crate) request: Box<LoadRequest<'static>>,
    pub(crate) ttl: Duration,
}

impl Missed {
    pub(crate) fn new(
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

/// Answers a request from the cache, or by the handler. `personal` says that the key holds what is for one visitor; `seen` is told of
/// a hit.
pub(crate) fn serve<E, L, D, K, T, C, F, A, const TAGS: usize>(
    page: &'static Page,
    instance: Instance,
    personal: bool,
    request: D,
    calls: Calls<K, T, C>,
    seen: impl FnOnce(&Visit<'static>, &mut D),
) -> impl Future<Output = PageServed<A, D::Body>>
where
    A: FieldForm,
    D: DeferredRequest<E, L>,
    K: FnOnce(&E) -> PageLookup,
    T: FnOnce(&E) -> [Tag; TAGS],
    C: FnOnce(E, L) -> F,
    F: Future<Output = HandlerAnswer<D::Body>>,
{
    let hit =
        |visit: &Visit<'static>, request: &mut D| visit.hit().inspect(|_| seen(visit, request));
    let miss = async |missed: Missed, handler: Handler<E, L, D, C>| {
        let run = async || Ok::<_, Infallible>(handler.run().await);
        let Ok(answer) = missed.visit.miss(missed.request, missed.ttl, run).await;
        answer
    };
    serve_by(page, instance, personal, request, calls, hit, miss)
}

/// [`serve`] of a page whose handler may run behind its client: `own` makes it a handler that can be sent there.
pub(crate) fn serve_or_behind<E, L, D, K, T, C, F, A, const TAGS: usize>(
    page: &'static Page,
    instance: Instance,
    personal: bool,
    request: D,
    calls: Calls<K, T, C>,
    own: impl FnOnce(Handler<E, L, D, C>) -> OwnedHandler<D::Body>,
    seen: impl FnOnce(&Visit<'static>, &mut D),
) -> impl Future<Output = PageServed<A, D::Body>>
where
    A: FieldForm,
    D: DeferredRequest<E, L>,
    K: FnOnce(&E) -> PageLookup,
    T: FnOnce(&E) -> [Tag; TAGS],
    C: FnOnce(E, L) -> F,
    F: Future<Output = HandlerAnswer<D::Body>>,
{
    let hit =
        |visit: &Visit<'static>, request: &mut D| visit.hit().inspect(|_| seen(visit, request));
    let miss = async |missed: Missed, handler: Handler<E, L, D, C>| {
        let answer = missed
            .visit
            .miss_or_behind(missed.request, missed.ttl, own(handler));
        answer.await
    };
    serve_by(page, instance, personal, request, calls, hit, miss)
}

/// Answers a request; `hit` looks in this process, and `miss` answers what it does not find.
pub(crate) async fn serve_by<E, L, D, K, T, C, F, M, G, A, const TAGS: usize>(
    page: &'static Page,
    instance: Instance,
    personal: bool,
    mut request: D,
    calls: Calls<K, T, C>,
    hit: impl FnOnce(&Visit<'static>, &mut D) -> Option<ReadyAnswer<A>>,
    miss: M,
) -> PageServed<A, D::Body>
where
    D: DeferredRequest<E, L>,
    K: FnOnce(&E) -> PageLookup,
    T: FnOnce(&E) -> [Tag; TAGS],
    C: FnOnce(E, L) -> F,
    F: Future<Output = HandlerAnswer<D::Body>>,
    M: FnOnce(Missed, Handler<E, L, D, C>) -> G,
    G: Future<Output = Response<AnswerBody<D::Body>>>,
{
    let instance = instance.with_types::<(E, L)>();
    request.keyed_by(page, personal);
    let before = match request.none() {
        Some(before) => before,
        None => match request.before_lookup().await {
            Ok(before) => before,
            Err(rejection) => {
                page.site().counters.bypassed();
                let rejection = page.rules().bypassed(rejection, Bypass::Rejected);
                return PageServed::Loaded(rejection.map(AnswerBody::Through));
            }
        },
    };
    let loaded = match look(page, instance, personal, request, before, calls, hit, miss) {
        PageLook::Hit(answer) => return PageServed::Ready(answer),
        PageLook::Miss(loaded) => loaded,
    };
    PageServed::Loaded(loaded.await)
}

/// What a look into this process finds.
enum PageLook<A, F> {
    Hit(ReadyAnswer<A>),
    /// The future of the answer. In a box, so that the future of a hit, which is moved a few times, does not carry the room for it.
    Miss(Pin<Box<F>>),
}

/// Looks for an answer in this process.
#[expect(
    clippy::too_many_arguments,
    reason = "the future that calls it holds none of them any more, and would hold a struct of them"
)]
fn look<E, L, D, K, T, C, F, M, G, A, const TAGS: usize>(
    page: &'static Page,
    instance: Instance,
    personal: bool,
    mut request: D,
    before: E,
    Calls { lookup, tags, load }: Calls<K, T, C>,
    hit: impl FnOnce(&Visit<'static>, &mut D) -> Option<ReadyAnswer<A>>,
    miss: M,
) -> PageLook<A, impl Future<Output = Response<AnswerBody<D::Body>>>>
where
    D: DeferredRequest<E, L>,
    K: FnOnce(&E) -> PageLookup,
    T: FnOnce(&E) -> [Tag; TAGS],
    C: FnOnce(E, L) -> F,
    F: Future<Output = HandlerAnswer<D::Body>>,
    M: FnOnce(Missed, Handler<E, L, D, C>) -> G,
    G: Future<Output = Response<AnswerBody<D::Body>>>,
{
    let lookup = lookup(&before);
    let target = request.target(lookup.name());
    let visit = page.visit(instance, &request.view(), target, personal, &lookup);
    if let Ok(visit) = &visit
        && let Some(answer) = hit(visit, &mut request)
    {
        return PageLook::Hit(answer);
    }
    PageLook::Miss(Box::pin(async move {
        let mut handler = Handler::new(before, request, load);
        let reason = match visit {
            Ok(visit) if handler.request.rebuild(visit.key()) => {
                let missed = Missed::new(page, instance, visit, &tags(&handler.before));
                return miss(missed, handler).await;
            }
            Ok(_) => Bypass::Target,
            Err(reason) => reason,
        };
        let answer = bypass(page, lookup, handler, reason, tags).await;
        answer.map(AnswerBody::Through)
    }))
}

/// Answers a request that is not looked up, for this reason: the handler runs on what the client has sent. A load around it depends on
/// what invalidates the page all the same.
async fn bypass<E, L, D, T, C, F, const TAGS: usize>(
    page: &'static Page,
    lookup: PageLookup,
    handler: Handler<E, L, D, C>,
    reason: Bypass,
    tags: T,
) -> Response<D::Body>
where
    D: DeferredRequest<E, L>,
    T: FnOnce(&E) -> [Tag; TAGS],
    C: FnOnce(E, L) -> F,
    F: Future<Output = HandlerAnswer<D::Body>>,
{
    let Handler {
        before,
        mut request,
        load,
        ..
    } = handler;
    let changes = request.view().changes();
    if context::is_loading() {
        let mut names = page.names_of_bypassed(&request.view(), lookup.name());
        names.extend(tags(&before).iter().map(Tag::name));
        depend_on(page, names).await;
    }
    let before = if request.bypass() {
        request.before_lookup_again(before).await
    } else {
        Ok(before)
    };
    let answer = match before {
        Ok(before) => Handler::new(before, request, load).run().await,
        Err(rejection) => HandlerAnswer::rejected(rejection),
    };
    page.bypassed(answer, reason, changes, lookup.name()).await
}
