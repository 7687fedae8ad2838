//! A handler's answer, and what is asked about it before it may be kept.

use std::time::Duration;

use http::Response;

use self::told::CacheControl;
use crate::clock;
use crate::http::refusal::Refusal;
use crate::http::validators::Validators;
use crate::policy::Keep;

pub(crate) mod cache_control;
pub(crate) mod cacheable;
pub(crate) mod cdn_tags;
pub(crate) mod downstream;
pub(crate) mod per_request;
pub(crate) mod told;

#[cfg(any(feature = "axum", feature = "actix"))]
pub(crate) mod plain;

/// A handler's answer, and what its page says of keeping it.
#[derive(Debug)]
pub struct HandlerAnswer<B> {
    pub(crate) response: Response<B>,
    pub(crate) keep: Result<Keep, Refusal>,
    pub(crate) browser: Option<Duration>,
    pub(crate) told: CacheControl,
}

impl<B> HandlerAnswer<B> {
    /// The handler's value, kept as the page says.
    pub(crate) fn of_value(response: Response<B>, keep: Keep) -> Self {
        Self::new(response, Ok(keep))
    }

    /// The handler's error.
    pub(crate) fn of_error(response: Response<B>) -> Self {
        Self::new(response, Err(Refusal::Failed))
    }

    /// The answer of an extractor in place of the handler's.
    pub(crate) fn rejected(response: Response<B>) -> Self {
        Self::new(response, Err(Refusal::Rejected))
    }

    fn new(response: Response<B>, keep: Result<Keep, Refusal>) -> Self {
        Self {
            response,
            keep,
            browser: None,
            told: CacheControl::NONE,
        }
    }

    /// Keeps the answer of an error so long.
    #[must_use]
    pub fn keep_errors(mut self, ttl: Duration) -> Self {
        if self.keep == Err(Refusal::Failed) {
            self.keep = Ok(Keep::For(ttl));
        }
        self
    }

    /// Lets browsers use the answer so long without asking.
    #[must_use]
    pub fn browser(mut self, life: Duration) -> Self {
        self.browser = Some(life);
        self
    }

    /// Tells browsers and other caches this too.
    #[must_use]
    pub fn tell(mut self, told: CacheControl) -> Self {
        self.told = told;
        self
    }

    /// Gives these validators to the answer, if it is a representation: those of an error would be another's.
    #[must_use]
    pub fn validated(mut self, validators: &Validators) -> Self {
        if self.response.status().is_success() {
            validators.add_to(self.response.headers_mut(), clock::wall());
        }
        self
    }

    /// Whether the handler has done what the request asks for. An extractor that answers in its place has not.
    pub(crate) fn is_done(&self) -> bool {
        let status = self.response.status();
        self.keep != Err(Refusal::Rejected) && (status.is_success() || status.is_redirection())
    }
}
