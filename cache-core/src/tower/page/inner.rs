//! The inner service, as the cache sends it requests.

use std::future::poll_fn;
use std::pin::Pin;

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use tower_service::Service;

use crate::http::exchange::origin::OriginService;

/// The inner service, as the cache sends it requests.
pub(super) struct Inner<S>(pub(super) S);

impl<S, B, R> OriginService<B> for Inner<S>
where
    S: Service<Request<B>, Response = Response<R>> + Send + 'static,
    S::Future: Send,
    S::Error: Send + 'static,
    B: Send + 'static,
    R: Body<Data = Bytes, Error: Send> + Send + 'static,
{
    type Body = Pin<Box<R>>;
    type Error = S::Error;

    async fn send(&mut self, request: Request<B>) -> Result<Response<Self::Body>, Self::Error> {
        poll_fn(|context| self.0.poll_ready(context)).await?;
        let response = self.0.call(request).await?;
        Ok(response.map(Box::pin))
    }
}
