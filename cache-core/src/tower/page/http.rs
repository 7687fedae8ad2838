//! A layer that does as RFC 9111 says.

use http::{HeaderName, StatusCode};

use super::layer::{CachePageLayer, HttpMode};
use super::options::LayerMode;
use crate::http::semantics::policy::{CacheKind, HttpPolicy};
use crate::ttl::{IntoPart, IntoTtl};

impl CachePageLayer<HttpMode> {
    /// A shared cache: one that serves many users, as a proxy or a CDN does (RFC 9111).
    ///
    /// Responses say themselves how long they may be kept: by `Cache-Control`, `Expires`, `CDN-Cache-Control` (RFC 9213) or
    /// `Surrogate-Control`. What says nothing is not stored, and neither is what may not be for everybody: a response that is `private`,
    /// that sets a cookie, or that answers a request with credentials and does not say that it is for others.
    ///
    /// Variants by `Vary` lie side by side, up to 64 of a target. Past its life a response is validated with `If-None-Match` and
    /// `If-Modified-Since`, or serves as its `stale-while-revalidate` and `stale-if-error` say. `HEAD` and ranges are answered from whole
    /// responses. After a successful response to a method that may change something, its target is invalidated, and what `Location` and
    /// `Content-Location` name on the same host. `Cache-Group-Invalidation` in such a response, whatever its status, invalidates all
    /// stored responses of that host with one of these groups in `Cache-Groups` (RFC 9875). A response is stored while it streams to its
    /// first reader.
    ///
    /// The key is the host, and path and query as they are written. The origin sees the whole request: what it answers may depend on
    /// nothing but the key and what its `Vary` names, not on `X-Forwarded-Proto` and the like; a page that depends on a cookie must say
    /// `Vary: Cookie`, or `private`. In a test, [`unkeyed_headers`](crate::testing::unkeyed_headers) finds the headers that change a
    /// response without being in its `Vary`. A request that may change something is carried to its end though its client goes away.
    ///
    /// In the `Cache-Status` of a response that is not stored, `detail` says why:
    ///
    /// | `detail` | why |
    /// |---|---|
    /// | `no-explicit-life` | it does not say how long it is fresh: `Cache-Control: max-age=…` |
    /// | `stale` | it is stale at once, and has no `ETag` or `Last-Modified` to be validated by |
    /// | `no-store`, `private`, `set-cookie`, `vary` | it says so, sets a cookie, or varies on anything |
    /// | `authorization` | the request had credentials, and it is not `public`, with `s-maxage` or with `must-revalidate` |
    /// | `status` | its status is not among [`statuses`](Self::statuses) |
    /// | `cache-control` | its `Cache-Control` cannot be read |
    /// | `body-too-large`, `body-broken` | its body is longer than [`body_limit`](Self::body_limit), or has failed |
    /// | `partial` | it answers a `HEAD` or a range |
    /// | `request` | the request asks for that, or has a condition that the origin alone can evaluate |
    /// | `min-uses` | it was not asked for often enough: [`min_uses`](Self::min_uses) |
    /// | `invalidated` | something that it depends on was invalidated while it came |
    /// | `too-many-groups` | its `Cache-Groups` names more than 128 |
    /// | `new-groups` | its `Cache-Groups` names groups that were not known before the load, so nobody can tell whether they were invalidated meanwhile; the next response is stored |
    /// | `key-too-long` | the fields that its `Vary` names are too long |
    /// | `body-too-slow` | a load around the layer, or a range, waited for its body for 30 seconds |
    /// | `not-collapsed` | responses to this request were not stored a moment ago, or its body takes longer than a second |
    ///
    #[cfg_attr(feature = "axum", doc = "```")]
    #[cfg_attr(not(feature = "axum"), doc = "```ignore")]
    /// use axum::http::header::CACHE_CONTROL;
    /// use axum::{Router, routing::get};
    /// use cache_core::CachePageLayer;
    ///
    /// let router: Router = Router::new()
    ///     .route("/", get(|| async { ([(CACHE_CONTROL, "max-age=60")], "page") }))
    ///     .layer(CachePageLayer::shared());
    /// ```
    #[track_caller]
    pub fn shared() -> Self {
        Self::of(LayerMode::Http(HttpPolicy::new(CacheKind::Shared)))
    }

    /// A private cache: one that serves **a single user**, as the cache of a client does. It is [`shared`](Self::shared), but stores what
    /// is `private` or answers credentials, and ignores `s-maxage` and the fields for CDNs.
    ///
    /// # Warning
    ///
    /// It is for a client of HTTP, not for a server: in front of a server it would show what is stored for one user to all. Private pages
    /// of a server are cached with `#[cache_page]` and a `key` or a `guard`.
    #[track_caller]
    pub fn private() -> Self {
        Self::of(LayerMode::Http(HttpPolicy::new(CacheKind::Private)))
    }

    /// Stores and serves whatever RFC 9111 and 9213 let such a cache store and serve: all statuses, responses with `Set-Cookie`,
    /// heuristic lives of a tenth of the time since `Last-Modified`, stale responses for a day when the origin fails, one variant for all
    /// spellings of a list, and it obeys the `Cache-Control` of requests.
    ///
    /// For proxies whose origins know what they say. A response with `Set-Cookie` and a life is sent to everybody, with its cookie. Say it
    /// before the options that it includes: it sets them all.
    #[must_use]
    pub fn to_the_letter(self) -> Self {
        self.policy(HttpPolicy::follow_the_letter)
    }

    /// Obeys the `Cache-Control` of requests: `no-cache`, `no-store`, `max-age`, `min-fresh`, `max-stale`, `only-if-cached`. By default
    /// it is ignored, because with it any client can make every request reach the origin.
    #[must_use]
    pub fn obey_requests(self) -> Self {
        self.policy(|policy| policy.obeys_requests = true)
    }

    /// Takes a response that does not say how long it is fresh to be fresh for this part of the time since its `Last-Modified`, and for
    /// a day at most (RFC 9111, section 4.2.2). By default it is not stored.
    ///
    /// # Panics
    ///
    /// If it is not a number from 0 to 1.
    #[must_use]
    pub fn heuristic(self, part: impl IntoPart) -> Self {
        let part = part.into_part();
        self.policy(|policy| policy.heuristic = part)
    }

    /// Stores responses with these statuses. By default 200, 203, 301, 308, 404 and 410.
    #[must_use]
    pub fn statuses(self, statuses: impl IntoIterator<Item = StatusCode>) -> Self {
        let statuses = statuses.into_iter().collect();
        self.policy(|policy| policy.statuses = Some(statuses))
    }

    /// Stores responses with this status; those that do not say how long they are fresh are taken to be fresh for so long.
    ///
    /// # Panics
    ///
    /// If the text is not a duration.
    #[must_use]
    pub fn life_of(self, status: StatusCode, life: impl IntoTtl) -> Self {
        let life = life.into_ttl();
        self.policy(|policy| policy.set_life(status, life))
    }

    /// Serves a response for so long past its life when the origin fails, unless it forbids that. By default only for as long as its
    /// own `stale-if-error` says.
    ///
    /// # Panics
    ///
    /// If the text is not a duration.
    #[must_use]
    pub fn stale_if_error(self, time: impl IntoTtl) -> Self {
        let time = time.into_ttl();
        self.policy(|policy| policy.stale_if_error = time)
    }

    /// Keeps responses for so long past their lives, so that they can be validated. By default a day. A window that a response gives for
    /// its stale use reaches no farther.
    ///
    /// # Panics
    ///
    /// If the text is not a duration.
    #[must_use]
    pub fn keep_stale(self, time: impl IntoTtl) -> Self {
        let time = time.into_ttl();
        self.policy(|policy| policy.retention = time)
    }

    /// Stores bodies of up to so many bytes. By default 1 MiB.
    #[must_use]
    pub fn body_limit(self, bytes: u64) -> Self {
        self.policy(|policy| policy.body_limit = bytes)
    }

    /// Stores a response only once it was asked for so often, at most 255 times, so that what is asked for once takes no room. By default
    /// at once.
    #[must_use]
    pub fn min_uses(self, times: u32) -> Self {
        self.policy(|policy| policy.min_uses = times.min(255))
    }

    /// Fields that speak to this cache alone, the most specific one first (RFC 9213). By default `CDN-Cache-Control` and
    /// `Surrogate-Control` in a shared cache, and none in a private one.
    #[must_use]
    pub fn targeted(self, fields: impl IntoIterator<Item = HeaderName>) -> Self {
        let fields = fields.into_iter().collect();
        self.policy(|policy| policy.targeted = fields)
    }

    fn policy(self, change: impl FnOnce(&mut HttpPolicy)) -> Self {
        self.with(|options| {
            if let LayerMode::Http(policy) = &mut options.mode {
                change(policy);
            }
        })
    }
}
