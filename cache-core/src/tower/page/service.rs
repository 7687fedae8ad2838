//! The service that a layer makes.

use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use tower_service::Service;

use super::future::CachePageFuture;
use super::inner::Inner;
use super::options::LayerCache;

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
        CachePageFuture::of(self.cache.ask(request, || Inner(self.inner.clone())))
    }
}
