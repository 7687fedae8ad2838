//! Answers that need neither a handler nor an origin.

use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode};

/// An answer from the cache, whose header fields have the type that its framework sends.
#[derive(Debug)]
pub(crate) struct ReadyAnswer<F = HeaderMap> {
    pub(crate) status: StatusCode,
    pub(crate) fields: F,
    pub(crate) body: Bytes,
}

impl<F> ReadyAnswer<F> {
    /// The answer to a client that has the response already.
    pub(crate) fn not_modified(fields: F) -> Self {
        Self {
            status: StatusCode::NOT_MODIFIED,
            fields,
            body: Bytes::new(),
        }
    }
}

impl ReadyAnswer {
    pub(crate) fn response(self) -> Response<Bytes> {
        let mut response = Response::new(self.body);
        *response.status_mut() = self.status;
        *response.headers_mut() = self.fields;
        response
    }
}
