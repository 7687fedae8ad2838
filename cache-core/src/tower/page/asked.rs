//! The way of a request through the cache of a layer.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response};
use http_body::Body;

use super::options::{CacheOfMode, LayerCache};
use super::routed::{original, parameters, view};
use crate::http::application::ApplicationCache;
use crate::http::body::AnswerBody;
use crate::http::exchange::cache::HttpCache;
use crate::http::exchange::lookup::{LookedUp, Selected};
use crate::http::exchange::origin::OriginService;
use crate::http::key::parameters::Parameters;
use crate::http::ready::ReadyAnswer;
use crate::http::refusal::Bypass;
use crate::http::request::RequestView;
use crate::http::semantics::methods::is_safe;
use crate::http::shown::FieldForm;
use crate::http::visit::Visit;

/// What a request comes to.
pub(crate) enum LayerAnswer<R: Body, E> {
    /// The answer is there.
    Ready(Response<Bytes>),
    /// It comes from the origin, or from somebody else who asks that.
    Load(LayerLoad<R, E>),
}

/// An answer on its way.
pub(crate) type LayerLoad<R, E> =
    Pin<Box<dyn Future<Output = Result<Response<AnswerBody<R>>, E>> + Send>>;

/// What a look-up comes to.
pub(crate) enum LayerLookup<F> {
    Answer(ReadyAnswer<F>),
    /// What is to be given to [`load`](LayerCache::load).
    Missing(LayerMiss),
}

/// What is known of a request that has found no answer.
pub(crate) enum LayerMiss {
    Application(&'static ApplicationCache, Result<Visit<'static>, Bypass>),
    Http(&'static HttpCache, Result<Selected, Bypass>),
    /// It is to be looked up again, with all of its fields.
    Unseen,
}

impl LayerCache {
    /// Answers a request from the cache, or has the origin answer it.
    pub(crate) fn ask<B, O>(
        self: &Arc<Self>,
        request: Request<B>,
        origin: impl FnOnce() -> O,
    ) -> LayerAnswer<O::Body, O::Error>
    where
        B: Body + Default + Send + 'static,
        O: OriginService<B>,
    {
        let (mut parts, body) = request.into_parts();
        let parameters = parameters(&mut parts);
        match self.look_up::<HeaderMap>(&view(&parts, &body), parameters) {
            LayerLookup::Answer(answer) => LayerAnswer::Ready(answer.response()),
            LayerLookup::Missing(miss) => {
                let request = Request::from_parts(parts, body);
                LayerAnswer::Load(self.load(request, miss, origin()))
            }
        }
    }

    /// The answer to a request with these parameters of its path, if it is there.
    pub(crate) fn look_up<F: FieldForm>(
        &self,
        request: &RequestView<'_>,
        parameters: Parameters,
    ) -> LayerLookup<F> {
        let miss = match self.cache() {
            CacheOfMode::Application(cache) => {
                let visit = cache.visit(request, parameters);
                if let Some(answer) = visit.as_ref().ok().and_then(Visit::hit) {
                    return LayerLookup::Answer(answer);
                }
                LayerMiss::Application(cache, visit)
            }
            CacheOfMode::Http(cache) if is_asked(request.method) => {
                match cache.look_up(request, parameters) {
                    Ok(LookedUp::Answer(answer)) => return LayerLookup::Answer(answer),
                    Ok(LookedUp::Missing(selected)) => LayerMiss::Http(cache, Ok(selected)),
                    Ok(LookedUp::Unseen) => LayerMiss::Unseen,
                    Err(reason) => LayerMiss::Http(cache, Err(reason)),
                }
            }
            CacheOfMode::Http(cache) => LayerMiss::Http(cache, Err(Bypass::Method)),
        };
        LayerLookup::Missing(miss)
    }

    /// Has the origin answer a request that has found no answer.
    pub(crate) fn load<B, O>(
        self: &Arc<Self>,
        request: Request<B>,
        miss: LayerMiss,
        origin: O,
    ) -> LayerLoad<O::Body, O::Error>
    where
        B: Body + Default + Send + 'static,
        O: OriginService<B>,
    {
        match miss {
            LayerMiss::Application(cache, visit) => {
                self.load_of_application(cache, request, visit, origin)
            }
            LayerMiss::Http(cache, selected) => self.load_of_http(cache, request, selected, origin),
            LayerMiss::Unseen => unreachable!("all fields were seen"),
        }
    }

    fn load_of_http<B, O>(
        self: &Arc<Self>,
        cache: &'static HttpCache,
        request: Request<B>,
        selected: Result<Selected, Bypass>,
        origin: O,
    ) -> LayerLoad<O::Body, O::Error>
    where
        B: Body + Default + Send + 'static,
        O: OriginService<B>,
    {
        // The layer may go while the response is on its way: its cache stays that long.
        let held = self.clone();
        Box::pin(async move {
            let method = request.method();
            match selected {
                Ok(selected) => cache.fetch(request, selected, origin, held).await,
                Err(_) if !is_asked(method) && !is_safe(method) => {
                    let original = original(request.extensions(), request.uri()).clone();
                    cache.change(request, original, origin).await
                }
                Err(reason) => cache.pass(request, reason, origin).await,
            }
        })
    }

    fn load_of_application<B, O>(
        self: &Arc<Self>,
        cache: &'static ApplicationCache,
        request: Request<B>,
        visit: Result<Visit<'static>, Bypass>,
        origin: O,
    ) -> LayerLoad<O::Body, O::Error>
    where
        B: Body + Default + Send + 'static,
        O: OriginService<B>,
    {
        let held = self.clone();
        Box::pin(async move {
            let _held = held;
            match visit {
                Ok(visit) => cache.load(request, visit, origin).await,
                Err(Bypass::Method) if !is_safe(request.method()) => {
                    let original = original(request.extensions(), request.uri());
                    let path = original.path().to_owned();
                    cache.change(request, path, origin).await
                }
                Err(reason) => cache.pass(request, reason, origin).await,
            }
        })
    }
}

/// Whether a cache of HTTP is asked for the answer to a request of this method.
fn is_asked(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}
