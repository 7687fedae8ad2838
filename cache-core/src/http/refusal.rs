//! Why a request is not looked up, and why an answer is not kept.

use std::fmt;

/// Why a request goes past the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bypass {
    /// A method other than `GET` and `HEAD`.
    Method,
    /// The request has a body.
    Body,
    /// The request has credentials that nothing in the page's key or guard reads.
    Authorization,
    /// The request's host is missing twice over, malformed, or not the one of its target.
    Host,
    /// The target is no path.
    Target,
    /// The key would be longer than a key may be.
    KeyTooLong,
    /// The page's `condition` says so.
    Condition,
    /// An extractor of the key or the guard has answered.
    Rejected,
}

/// Why an answer is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// An extractor answered in place of the handler.
    Rejected,
    /// The handler's `Err`.
    Failed,
    /// The page's `unless` says so.
    Unless,
    /// A status outside the table.
    Status,
    SetCookie,
    ClearSiteData,
    /// A header field with a token against forged requests.
    CsrfToken,
    /// A `Content-Security-Policy` with a nonce.
    CspNonce,
    Private,
    NoStore,
    NoCache,
    /// A `Cache-Control` that cannot be read.
    CacheControl,
    /// `Vary: *`.
    VaryAny,
    /// A `Vary` that names what the key does not hold.
    Vary,
    /// The answer says that it is stale already, or its time to live is nothing.
    Stale,
    /// The body does not say how long it is.
    BodyUnsized,
    BodyTooLarge,
    /// The body failed, or is not as long as it said, or ends in trailers.
    BodyBroken,
    /// What it depends on was invalidated while it was made.
    Invalidated,
    /// Answers of this request were not kept a moment ago, or the one that it waited for failed.
    Alone,
}

impl Bypass {
    /// The reason as `Cache-Status` shows it.
    pub(crate) const fn detail(self) -> &'static str {
        match self {
            Self::Method => "method",
            Self::Body => "request-body",
            Self::Authorization => "authorization",
            Self::Host => "host",
            Self::Target => "target",
            Self::KeyTooLong => "key-too-long",
            Self::Condition => "condition",
            Self::Rejected => "rejected",
        }
    }
}

impl Refusal {
    /// The reason as `Cache-Status` shows it.
    pub(crate) const fn detail(self) -> &'static str {
        match self {
            Self::Rejected => "rejected",
            Self::Failed => "error",
            Self::Unless => "unless",
            Self::Status => "status",
            Self::SetCookie => "set-cookie",
            Self::ClearSiteData => "clear-site-data",
            Self::CsrfToken => "csrf-token",
            Self::CspNonce => "csp-nonce",
            Self::Private => "private",
            Self::NoStore => "no-store",
            Self::NoCache => "no-cache",
            Self::CacheControl => "cache-control",
            Self::VaryAny => "vary-any",
            Self::Vary => "vary",
            Self::Stale => "stale",
            Self::BodyUnsized => "body-unsized",
            Self::BodyTooLarge => "body-too-large",
            Self::BodyBroken => "body-broken",
            Self::Invalidated => "invalidated",
            Self::Alone => "alone",
        }
    }
}

impl fmt::Display for Bypass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.detail())
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.detail())
    }
}
