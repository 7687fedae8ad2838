//! A handler's answer, and what is asked about it before it may be kept.

use std::time::Duration;

use bytes::Bytes;
use http::Response;
use http_body::Body;

use self::body::Replay;
use crate::http::refusal::Refusal;
use crate::policy::Keep;

pub(crate) mod body;
pub(crate) mod cache_control;
pub(crate) mod cacheable;
pub(crate) mod downstream;
pub(crate) mod per_request;

/// A handler's answer, and what its page says of keeping it.
pub(crate) struct Loaded<B> {
    pub(crate) response: Response<B>,
    pub(crate) keep: Result<Keep, Refusal>,
    pub(crate) browser: Option<Duration>,
}

impl<B> Loaded<B> {
    /// The answer of an extractor in place of the handler's.
    pub(crate) fn rejected(response: Response<B>) -> Self {
        Self {
            response,
            keep: Err(Refusal::Rejected),
            browser: None,
        }
    }
}

/// The body of an answer.
pub(crate) enum PageBody<B: Body> {
    /// From the cache, or on its way there.
    Whole(Bytes),
    /// The handler's own, untouched.
    Through(B),
    /// The handler's own, of which something was read.
    Replayed(Replay<B>),
}
