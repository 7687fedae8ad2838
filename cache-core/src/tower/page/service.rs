//! The service that a layer makes.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Method, Request, Response, Uri, Version};
use http_body::Body;
use tower_service::Service;

use super::future::CachePageFuture;
use super::inner::Inner;
use super::options::{CacheOfMode, LayerCache};
use crate::http::application::ApplicationCache;
use crate::http::exchange::cache::HttpCache;
use crate::http::exchange::lookup::LookedUp;
use crate::http::exchange::origin::OriginService;
use crate::http::refusal::Bypass;
use crate::http::semantics::methods::is_safe;
use crate::http::visit::Visit;

/// A service with a cache in front of it, made by [`CachePageLayer`](crate::CachePageLayer).
#[derive(Clone, Debug)]
pub struct CachePageService<S> {
    inner: S,
    cache: Arc<LayerCache>,
}

impl<S> CachePageService<S> {
    pub(super) fn new(inner: S, cache: Arc<LayerCache>) -> Self {
        Self { inner, cache }
    }
}

impl<S, B, R> Service<Request<B>> for CachePageService<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Send + 'static,
    B: Body + Default + Send + 'static,
    R: Body<Data = Bytes, Error: Send> + Send + 'static,
{
    type Response = Response<super::CachePageBody<R>>;
    type Error = S::Error;
    type Future = CachePageFuture<R, S::Error>;

    /// Always ready: what is stored does not wait for the inner service, which is asked before it gets a request.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        match self.cache.cache() {
            CacheOfMode::Application(cache) => self.ask_application(cache, request),
            CacheOfMode::Http(cache) => self.ask_http(cache, request),
        }
    }
}

impl<S> CachePageService<S> {
    fn ask_http<B, R>(
        &self,
        cache: &'static HttpCache,
        request: Request<B>,
    ) -> CachePageFuture<R, S::Error>
    where
        Inner<S>: OriginService<B, Body = Pin<Box<R>>, Error = S::Error>,
        S: Service<Request<B>, Error: Send + 'static> + Clone,
        B: Body + Default + Send + 'static,
        R: Body<Data = Bytes, Error: Send> + Send + 'static,
    {
        let method = request.method();
        let is_asked = matches!(*method, Method::GET | Method::HEAD);
        let missing = if is_asked {
            let targets = (original(&request), request.uri());
            match cache.look_up(method, targets, request.headers(), has_body(&request)) {
                Ok(LookedUp::Answer(answer)) => return CachePageFuture::ready(answer),
                Ok(LookedUp::Missing(selected)) => Ok(selected),
                Err(reason) => Err(reason),
            }
        } else {
            Err(Bypass::Method)
        };
        // The layer may go while the response is on its way: its cache stays that long.
        let (origin, held) = (Inner(self.inner.clone()), self.cache.clone());
        CachePageFuture::load(async move {
            match missing {
                Ok(selected) => cache.fetch(request, selected, origin, held).await,
                Err(_) if !is_asked && !is_safe(request.method()) => {
                    let original = original(&request).clone();
                    cache.change(request, original, origin).await
                }
                Err(reason) => cache.pass(request, reason, origin).await,
            }
        })
    }

    fn ask_application<B, R>(
        &self,
        cache: &'static ApplicationCache,
        request: Request<B>,
    ) -> CachePageFuture<R, S::Error>
    where
        Inner<S>: OriginService<B, Body = Pin<Box<R>>, Error = S::Error>,
        S: Service<Request<B>, Error: Send + 'static> + Clone,
        B: Body + Default + Send + 'static,
        R: Body<Data = Bytes, Error: Send> + Send + 'static,
    {
        let visit = cache.visit(&request, original(&request), has_body(&request));
        if let Some(answer) = visit.as_ref().ok().and_then(Visit::hit) {
            return CachePageFuture::ready(answer);
        }
        let (origin, held) = (Inner(self.inner.clone()), self.cache.clone());
        CachePageFuture::load(async move {
            let _held = held;
            match visit {
                Ok(visit) => cache.load(request, visit, origin).await,
                Err(Bypass::Method) if !is_safe(request.method()) => {
                    let path = original(&request).path().to_owned();
                    cache.change(request, path, origin).await
                }
                Err(reason) => cache.pass(request, reason, origin).await,
            }
        })
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
