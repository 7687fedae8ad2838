//! The way of a request through the cache of a layer.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body::Body;

use super::options::{CacheOfMode, LayerCache};
use super::routed::{original, parameters, view};
use crate::http::application::ApplicationCache;
use crate::http::body::AnswerBody;
use crate::http::exchange::cache::HttpCache;
use crate::http::exchange::lookup::LookedUp;
use crate::http::exchange::origin::OriginService;
use crate::http::refusal::Bypass;
use crate::http::semantics::methods::is_safe;
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
        match self.cache() {
            CacheOfMode::Application(cache) => self.ask_application(cache, request, origin),
            CacheOfMode::Http(cache) => self.ask_http(cache, request, origin),
        }
    }

    fn ask_http<B, O>(
        self: &Arc<Self>,
        cache: &'static HttpCache,
        mut request: Request<B>,
        origin: impl FnOnce() -> O,
    ) -> LayerAnswer<O::Body, O::Error>
    where
        B: Body + Default + Send + 'static,
        O: OriginService<B>,
    {
        let is_asked = matches!(*request.method(), Method::GET | Method::HEAD);
        let missing = if is_asked {
            let parameters = parameters(request.extensions_mut());
            match cache.look_up(&view(&request), parameters) {
                Ok(LookedUp::Answer(answer)) => return LayerAnswer::Ready(answer),
                Ok(LookedUp::Missing(selected)) => Ok(selected),
                Err(reason) => Err(reason),
            }
        } else {
            Err(Bypass::Method)
        };
        // The layer may go while the response is on its way: its cache stays that long.
        let (origin, held) = (origin(), self.clone());
        LayerAnswer::Load(Box::pin(async move {
            match missing {
                Ok(selected) => cache.fetch(request, selected, origin, held).await,
                Err(_) if !is_asked && !is_safe(request.method()) => {
                    let original = original(&request).clone();
                    cache.change(request, original, origin).await
                }
                Err(reason) => cache.pass(request, reason, origin).await,
            }
        }))
    }

    fn ask_application<B, O>(
        self: &Arc<Self>,
        cache: &'static ApplicationCache,
        mut request: Request<B>,
        origin: impl FnOnce() -> O,
    ) -> LayerAnswer<O::Body, O::Error>
    where
        B: Body + Default + Send + 'static,
        O: OriginService<B>,
    {
        let parameters = parameters(request.extensions_mut());
        let visit = cache.visit(&view(&request), parameters);
        if let Some(answer) = visit.as_ref().ok().and_then(Visit::hit) {
            return LayerAnswer::Ready(answer);
        }
        let (origin, held) = (origin(), self.clone());
        LayerAnswer::Load(Box::pin(async move {
            let _held = held;
            match visit {
                Ok(visit) => cache.load(request, visit, origin).await,
                Err(Bypass::Method) if !is_safe(request.method()) => {
                    let path = original(&request).path().to_owned();
                    cache.change(request, path, origin).await
                }
                Err(reason) => cache.pass(request, reason, origin).await,
            }
        }))
    }
}
