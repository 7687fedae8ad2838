//! The way of a request through the cache of a layer.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, Response, Uri, Version};
use http_body::Body;

use super::options::{CacheOfMode, LayerCache};
use crate::http::application::ApplicationCache;
use crate::http::exchange::answered::ExchangeBody;
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
    Pin<Box<dyn Future<Output = Result<Response<ExchangeBody<R>>, E>> + Send>>;

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
        request: Request<B>,
        origin: impl FnOnce() -> O,
    ) -> LayerAnswer<O::Body, O::Error>
    where
        B: Body + Default + Send + 'static,
        O: OriginService<B>,
    {
        let method = request.method();
        let is_asked = matches!(*method, Method::GET | Method::HEAD);
        let missing = if is_asked {
            let targets = (original(&request), request.uri());
            match cache.look_up(method, targets, request.headers(), has_body(&request)) {
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
        request: Request<B>,
        origin: impl FnOnce() -> O,
    ) -> LayerAnswer<O::Body, O::Error>
    where
        B: Body + Default + Send + 'static,
        O: OriginService<B>,
    {
        let visit = cache.visit(&request, original(&request), has_body(&request));
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

/// Whether the body of a request may hold anything. In HTTP/1 the headers say so, and a size that is unknown does not.
fn has_body<B: Body>(request: &Request<B>) -> bool {
    let hint = request.body().size_hint();
    let may_follow = request.version() >= Version::HTTP_2 && !request.body().is_end_stream();
    hint.upper()
        .map_or(hint.lower() > 0 || may_follow, |most| most > 0)
}

/// The target as the client wrote it, before a router took a prefix away.
#[cfg(feature = "axum")]
fn original<B>(request: &Request<B>) -> &Uri {
    let original = request.extensions().get::<axum::extract::OriginalUri>();
    original.map_or(request.uri(), |original| &original.0)
}

/// The target as the client wrote it.
#[cfg(not(feature = "axum"))]
fn original<B>(request: &Request<B>) -> &Uri {
    request.uri()
}
