//! What a cache of HTTP does where the RFCs leave it a choice.

use std::time::Duration;

use http::{HeaderName, StatusCode};

use super::targeted::{CDN_CACHE_CONTROL, SURROGATE_CONTROL};

/// Whose cache it is (RFC 9111, section 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CacheKind {
    /// Everybody's.
    Shared,
    /// That of one user.
    Private,
}

/// What a cache of HTTP does where the RFCs leave it a choice.
#[derive(Clone, Debug)]
pub(crate) struct HttpPolicy {
    pub(crate) kind: CacheKind,
    /// Fields that speak to this cache alone, the most specific one first.
    pub(crate) targeted: Vec<HeaderName>,
    /// The part of the time since a response was last modified for which it is fresh, where it does not say; 0: such a response is not
    /// stored.
    pub(crate) heuristic: f64,
    /// Whether requests may ask for fresher or staler responses.
    pub(crate) obeys_requests: bool,
    /// The statuses that may be stored; `None`: all.
    pub(crate) statuses: Option<Vec<StatusCode>>,
    /// Lives of statuses whose responses do not say how long they are fresh.
    pub(crate) lives: Vec<(StatusCode, Duration)>,
    /// Whether responses with `Set-Cookie` are stored, and the cookies sent to all whom they serve.
    pub(crate) stores_cookies: bool,
    /// How long past its life a response that does not forbid it is served when its origin fails, where it does not say.
    pub(crate) stale_if_error: Duration,
    /// How long past its life a response is kept, to be validated.
    pub(crate) retention: Duration,
    /// The longest body that is stored, in bytes.
    pub(crate) body_limit: u64,
    /// How often a response must have been asked for before it is stored.
    pub(crate) min_uses: u32,
    /// Whether variants are told apart by what a request means, and not by how it is written: unknown fields are lists, and languages
    /// are compared by what is preferred.
    pub(crate) normalises: bool,
}

impl HttpPolicy {
    /// Statuses that are the resource itself or a lasting word about it.
    const LASTING: [StatusCode; 6] = [
        StatusCode::OK,
        StatusCode::NON_AUTHORITATIVE_INFORMATION,
        StatusCode::MOVED_PERMANENTLY,
        StatusCode::PERMANENT_REDIRECT,
        StatusCode::NOT_FOUND,
        StatusCode::GONE,
    ];

    /// A cache that stores what says that it may be stored, as long as it is sure to be for everybody.
    pub(crate) fn new(kind: CacheKind) -> Self {
        let targeted = match kind {
            CacheKind::Shared => vec![CDN_CACHE_CONTROL, SURROGATE_CONTROL],
            CacheKind::Private => Vec::new(),
        };
        Self {
            kind,
            targeted,
            heuristic: 0.0,
            obeys_requests: false,
            statuses: Some(Self::LASTING.to_vec()),
            lives: Vec::new(),
            stores_cookies: false,
            stale_if_error: Duration::ZERO,
            retention: Duration::from_secs(24 * 3600),
            body_limit: 1 << 20,
            min_uses: 1,
            normalises: false,
        }
    }

    /// Stores and serves whatever the RFCs let such a cache store and serve.
    pub(crate) fn follow_the_letter(&mut self) {
        self.heuristic = 0.1;
        self.obeys_requests = true;
        self.statuses = None;
        self.stores_cookies = true;
        self.stale_if_error = Duration::from_secs(24 * 3600);
        self.normalises = true;
    }

    /// Stores responses with this status, for so long if they do not say how long.
    pub(crate) fn set_life(&mut self, status: StatusCode, life: Duration) {
        if let Some(statuses) = &mut self.statuses
            && !statuses.contains(&status)
        {
            statuses.push(status);
        }
        self.lives.retain(|(known, _)| *known != status);
        self.lives.push((status, life));
    }

    pub(crate) fn is_shared(&self) -> bool {
        self.kind == CacheKind::Shared
    }
}
