//! Pages that are rendered though nobody asks for them.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use ::axum::body::Body;
use ::axum::extract::{MatchedPath, NestedPath, OriginalUri, Request};

use super::deferred::{Deferred, ForRequests};
use super::parameters;
use crate::http::answer::HandlerAnswer;
use crate::http::deferred::DeferredRequest;
use crate::http::key::{Keying, RequestKey};
use crate::http::lookup::PageLookup;
use crate::http::page::Page;
use crate::http::serve::{Calls, Handler, Missed};
use crate::http::visit::Visit;
use crate::http::warm::RenderAgain;
use crate::key::Tag;
use crate::site::Instance;

/// Says in an empty answer that the page is there.
#[derive(Clone, Copy, Debug)]
pub(super) struct IsThere;

/// Renders a page that no client has asked for; with `key`, only the page under it. `seen` gets the visit, and returns what says at
/// the end whether the page is there.
pub(super) async fn render_unasked<E, L, F, K, T, C, S, const TAGS: usize>(
    page: &'static Page,
    instance: Instance,
    mut request: Deferred<E, L>,
    calls: Calls<K, T, C>,
    key: Option<RequestKey>,
    seen: impl FnOnce(&Visit<'static>) -> S,
) -> bool
where
    S: FnOnce() -> bool,
    F: Future<Output = HandlerAnswer<Body>>,
    K: Fn(&E) -> PageLookup,
    T: Fn(&E) -> [Tag; TAGS],
    C: Fn(E, L) -> F,
{
    let instance = instance.with_types::<(E, L)>();
    request.keyed_by(page, false);
    let before = match request.none() {
        Some(before) => before,
        None => match request.before_lookup().await {
            Ok(before) => before,
            Err(_) => return false,
        },
    };
    let lookup = (calls.lookup)(&before);
    let target = request.target(lookup.name());
    let Ok(visit) = page.visit(instance, &request.view(), target, false, &lookup) else {
        return false;
    };
    if key.is_some_and(|key| key != *visit.key()) || !request.rebuild(visit.key()) {
        return false;
    }
    let seen = seen(&visit);
    let missed = Missed::new(page, instance, visit, &(calls.tags)(&before));
    let handler = Handler::new(before, request, calls.load);
    let rendered = missed
        .visit
        .render_unasked(missed.request, missed.ttl, || handler.run());
    rendered.await;
    seen()
}

/// A handler in its state, and the route that it was found by.
pub(super) struct HandlerAgain<E, L, K, T, C> {
    pub(super) page: &'static Page,
    pub(super) instance: Instance,
    route: (Option<MatchedPath>, Option<NestedPath>),
    pub(super) requests: ForRequests<E, L>,
    pub(super) calls: Calls<K, T, C>,
}

impl<E, L, K, T, C> HandlerAgain<E, L, K, T, C> {
    /// The request that a key of the page stands for.
    pub(super) async fn request(&self, key: &RequestKey) -> Option<Request> {
        request_of(self.page, key, &self.route).await
    }

    pub(super) fn of(
        page: &'static Page,
        instance: Instance,
        calls: Calls<K, T, C>,
        request: &mut Deferred<E, L>,
    ) -> Self {
        Self {
            page,
            instance,
            route: request.0.sources().route(),
            requests: request.0.for_others(),
            calls,
        }
    }
}

impl<E, L, F, K, T, C, const TAGS: usize> RenderAgain for HandlerAgain<E, L, K, T, C>
where
    E: Send + 'static,
    L: Send + 'static,
    F: Future<Output = HandlerAnswer<Body>> + Send + 'static,
    K: Fn(&E) -> PageLookup + Copy + Send + Sync + 'static,
    T: Fn(&E) -> [Tag; TAGS] + Copy + Send + Sync + 'static,
    C: Fn(E, L) -> F + Copy + Send + Sync + 'static,
{
    fn render(self: Arc<Self>, key: RequestKey) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(async move {
            if let Some(request) = self.request(&key).await {
                let request = (self.requests)(request);
                let key = Some(key);
                let seen = |_: &Visit<'static>| || true;
                render_unasked(self.page, self.instance, request, self.calls, key, seen).await;
            }
        })
    }
}

/// The request that a key of the page stands for. Of what layers have put into the request of a client, nothing is in it: that may have
/// been true at that moment alone, or of that client.
async fn request_of(
    page: &Page,
    key: &RequestKey,
    (matched, nested): &(Option<MatchedPath>, Option<NestedPath>),
) -> Option<Request> {
    let rebuilt = page.rules().keying.rebuild(key)?;
    let mut request = Request::new(Body::empty());
    if let Some(parameters) = Keying::parameters_of(key) {
        *request.extensions_mut() = parameters::matched(&parameters).await?;
    }
    let extensions = request.extensions_mut();
    extensions.remove::<MatchedPath>();
    matched.clone().map(|matched| extensions.insert(matched));
    nested.clone().map(|nested| extensions.insert(nested));
    extensions.insert(OriginalUri(rebuilt.original));
    *request.uri_mut() = rebuilt.uri;
    *request.headers_mut() = rebuilt.headers;
    Some(request)
}
