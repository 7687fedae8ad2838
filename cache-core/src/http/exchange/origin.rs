//! Who answers the requests that the cache does not answer.

use std::future::Future;

use http::{Request, Response};

use crate::http::body::{AnswerBody, SourceBody};

/// Who answers the requests that the cache does not answer.
pub(crate) trait OriginService<B>: Send + 'static {
    /// The bodies of its responses.
    type Body: SourceBody;
    /// How it fails.
    type Error: Send + 'static;

    /// Sends a request. It may be sent another one afterwards.
    fn send(
        &mut self,
        request: Request<B>,
    ) -> impl Future<Output = Result<Response<Self::Body>, Self::Error>> + Send;
}

/// What a client gets from an origin `O`.
pub(crate) type Answered<B, O> =
    Result<Response<AnswerBody<<O as OriginService<B>>::Body>>, <O as OriginService<B>>::Error>;
