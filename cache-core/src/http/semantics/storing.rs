//! Whether a response may be stored, and on which terms (RFC 9111, section 3).

use std::fmt;
use std::time::{Duration, SystemTime};

use http::header::{AUTHORIZATION, CONNECTION, ETAG, LAST_MODIFIED, SET_COOKIE};
use http::{HeaderMap, StatusCode};

use super::directives::ResponseDirectives;
use super::lifetime::ResponseTerms;
use super::policy::HttpPolicy;
use super::statuses::{is_understood, is_whole};
use crate::http::members::members;
use crate::http::vary::{ResponseVary, asked};

/// Why a response is not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unstorable {
    /// A status that the policy does not list, or that stands for a part of a response.
    Status,
    NoStore,
    Private,
    /// `Cache-Control` cannot be read.
    CacheControl,
    /// The request had credentials, and the response does not say that it is for others too.
    Authorization,
    SetCookie,
    /// `Vary: *`, or one that cannot be read.
    Vary,
    /// Nothing says that it may be stored.
    NotSaid,
    /// It is stale already and cannot be validated.
    Stale,
    /// The request asks for that.
    Request,
    BodyTooLarge,
    /// It had not ended in time, and nobody had a use for its parts.
    BodyTooSlow,
    /// The body failed, or is not as long as it said, or ends in trailers.
    BodyBroken,
    /// It was not asked for often enough.
    MinUses,
    /// It is for a `HEAD`, or for a part of the resource.
    Partial,
    /// Nobody may share it, as a moment ago.
    Alone,
    /// What it depends on was invalidated while it came.
    Invalidated,
    /// It names groups that its store was not asked about before.
    NewGroups,
    /// It names more groups than a cache keeps.
    TooManyGroups,
    /// The key of its variant would be longer than a key may be.
    KeyTooLong,
}

impl Unstorable {
    /// The reason as `Cache-Status` shows it.
    pub(crate) const fn detail(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::NoStore => "no-store",
            Self::Private => "private",
            Self::CacheControl => "cache-control",
            Self::Authorization => "authorization",
            Self::SetCookie => "set-cookie",
            Self::Vary => "vary",
            Self::NotSaid => "no-explicit-life",
            Self::Stale => "stale",
            Self::Request => "request",
            Self::BodyTooLarge => "body-too-large",
            Self::BodyTooSlow => "body-too-slow",
            Self::BodyBroken => "body-broken",
            Self::MinUses => "min-uses",
            Self::Partial => "partial",
            Self::Alone => "not-collapsed",
            Self::Invalidated => "invalidated",
            Self::NewGroups => "new-groups",
            Self::TooManyGroups => "too-many-groups",
            Self::KeyTooLong => "key-too-long",
        }
    }
}

impl fmt::Display for Unstorable {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.detail())
    }
}

/// On which terms a response is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StoringTerms {
    /// How long it is fresh, counted from when its origin made it.
    pub(crate) life: Duration,
    /// It must be validated before each use (section 5.2.2.4).
    pub(crate) no_cache: bool,
    /// It never serves past its life (sections 5.2.2.2, 5.2.2.8 and 5.2.2.10).
    pub(crate) must_revalidate: bool,
    /// How long past its life it serves while it is validated (RFC 5861, section 3).
    pub(crate) while_revalidate: Duration,
    /// How long past its life it serves if its origin fails (RFC 5861, section 4).
    pub(crate) if_error: Duration,
}

/// On which terms a response may be stored.
///
/// # Errors
///
/// The first reason not to store it.
pub(crate) fn terms_of(
    request: &HeaderMap,
    status: StatusCode,
    headers: &HeaderMap,
    policy: &HttpPolicy,
    now: SystemTime,
) -> Result<StoringTerms, Unstorable> {
    let terms = ResponseTerms::of(headers, policy);
    permitted(request, status, headers, &terms.directives, policy)?;
    let directives = &terms.directives;
    let explicit = terms.explicit_life(headers, policy, now);
    let life = explicit.or_else(|| terms.guessed_life(status, headers, policy, now));
    let is_said = directives.public || directives.no_cache;
    let life = match life {
        Some(life) => life,
        None if is_said => Duration::ZERO,
        None => return Err(Unstorable::NotSaid),
    };
    let stored = stored_on(directives, policy, life);
    let can_be_validated = headers.contains_key(ETAG) || headers.contains_key(LAST_MODIFIED);
    let is_of_use = can_be_validated || !stored.while_revalidate.is_zero();
    if (life.is_zero() || directives.no_cache) && !is_of_use {
        return Err(Unstorable::Stale);
    }
    Ok(stored)
}

fn permitted(
    request: &HeaderMap,
    status: StatusCode,
    headers: &HeaderMap,
    directives: &ResponseDirectives,
    policy: &HttpPolicy,
) -> Result<(), Unstorable> {
    let is_listed = policy
        .statuses
        .as_ref()
        .is_none_or(|all| all.contains(&status));
    if !is_whole(status) || !is_listed {
        return Err(Unstorable::Status);
    }
    if directives.is_unreadable {
        return Err(Unstorable::CacheControl);
    }
    if directives.must_understand {
        // Who understands the status ignores `no-store` (section 5.2.2.3).
        if !is_understood(status) {
            return Err(Unstorable::Status);
        }
    } else if directives.no_store {
        return Err(Unstorable::NoStore);
    }
    if policy.is_shared() && directives.private {
        return Err(Unstorable::Private);
    }
    if policy.is_shared() && request.contains_key(AUTHORIZATION) && !is_for_all(directives) {
        return Err(Unstorable::Authorization);
    }
    if headers.contains_key(SET_COOKIE) && !policy.stores_cookies {
        return Err(Unstorable::SetCookie);
    }
    match asked(headers) {
        // An origin may have been asked without a field that is of one connection alone.
        ResponseVary::Headers(names) if is_of_connection(request, &names) => Err(Unstorable::Vary),
        ResponseVary::Headers(_) => Ok(()),
        ResponseVary::Anything | ResponseVary::Unreadable => Err(Unstorable::Vary),
    }
}

/// Whether the `Connection` of a request names one of these fields.
pub(crate) fn is_of_connection(request: &HeaderMap, names: &[&str]) -> bool {
    members(request, CONNECTION).any(|member| {
        names
            .iter()
            .any(|name| name.as_bytes().eq_ignore_ascii_case(member))
    })
}

/// Whether a response to a request with credentials says that it is for others too (section 3.5).
fn is_for_all(directives: &ResponseDirectives) -> bool {
    directives.public || directives.s_maxage.is_some() || directives.must_revalidate
}

fn stored_on(directives: &ResponseDirectives, policy: &HttpPolicy, life: Duration) -> StoringTerms {
    let is_shared = policy.is_shared();
    let is_told = directives.must_revalidate
        || directives.no_cache
        || (is_shared && directives.proxy_revalidate);
    // `s-maxage` says so too, but not against a window that the same response gives.
    let is_implied = is_shared && directives.s_maxage.is_some();
    let window = |given: Option<u64>, own: Duration| match given.map(Duration::from_secs) {
        _ if is_told => Duration::ZERO,
        None if is_implied => Duration::ZERO,
        given => given.unwrap_or(own),
    };
    StoringTerms {
        life,
        no_cache: directives.no_cache,
        must_revalidate: is_told || is_implied,
        while_revalidate: window(directives.stale_while_revalidate, Duration::ZERO),
        if_error: window(directives.stale_if_error, policy.stale_if_error),
    }
}

#[cfg(test)]
mod tests {
    use super::super::policy::CacheKind::{self, Private, Shared};
    use super::*;
    use crate::http::testing::map;

    fn judged(
        policy: &HttpPolicy,
        request: &[(&'static str, &str)],
        status: u16,
        fields: &[(&'static str, &str)],
    ) -> Result<StoringTerms, Unstorable> {
        let status = StatusCode::from_u16(status).unwrap();
        let now = SystemTime::UNIX_EPOCH;
        terms_of(&map(request), status, &map(fields), policy, now)
    }

    fn stored(
        kind: CacheKind,
        fields: &[(&'static str, &str)],
    ) -> Result<StoringTerms, Unstorable> {
        judged(&HttpPolicy::new(kind), &[], 200, fields)
    }

    #[test]
    fn section_3_what_nothing_allows_is_not_stored() {
        assert_eq!(stored(Shared, &[]), Err(Unstorable::NotSaid));
        let validator = [("etag", "\"a\"")];
        assert_eq!(stored(Shared, &validator), Err(Unstorable::NotSaid));
        assert!(stored(Shared, &[("cache-control", "max-age=1")]).is_ok());
    }

    #[test]
    fn section_3_directives_that_forbid() {
        for (value, in_shared, in_private) in [
            (
                "max-age=9, no-store",
                Some(Unstorable::NoStore),
                Some(Unstorable::NoStore),
            ),
            ("max-age=9, PRIVATE", Some(Unstorable::Private), None),
            ("max-age=9, private=\"x\"", Some(Unstorable::Private), None),
            (
                "max-age=9, x=\"no-store",
                Some(Unstorable::CacheControl),
                Some(Unstorable::CacheControl),
            ),
            (
                "max-age=0",
                Some(Unstorable::Stale),
                Some(Unstorable::Stale),
            ),
            ("no-cache", Some(Unstorable::Stale), Some(Unstorable::Stale)),
        ] {
            let fields = [("cache-control", value)];
            assert_eq!(stored(Shared, &fields).err(), in_shared, "{value}");
            assert_eq!(stored(Private, &fields).err(), in_private, "{value}");
        }
    }

    #[test]
    fn section_3_statuses() {
        let fresh = [("cache-control", "max-age=9")];
        let mut policy = HttpPolicy::new(Shared);
        for (status, listed) in [
            (200, true),
            (404, true),
            (500, false),
            (299, false),
            (302, false),
        ] {
            let found = judged(&policy, &[], status, &fresh);
            assert_eq!(found.is_ok(), listed, "{status}");
        }
        policy.follow_the_letter();
        for (status, whole) in [
            (299, true),
            (500, true),
            (599, true),
            (206, false),
            (304, false),
        ] {
            let found = judged(&policy, &[], status, &fresh);
            assert_eq!(found.is_ok(), whole, "{status}");
        }
    }

    #[test]
    fn section_5_2_2_3_who_understands_a_status_may_ignore_no_store() {
        let fields = [("cache-control", "max-age=9, no-store, must-understand")];
        let mut policy = HttpPolicy::new(Shared);
        policy.follow_the_letter();
        assert!(judged(&policy, &[], 200, &fields).is_ok());
        assert_eq!(judged(&policy, &[], 599, &fields), Err(Unstorable::Status));
    }

    #[test]
    fn section_3_5_credentials() {
        let request = [("authorization", "Basic x")];
        let judged = |kind, value| {
            let fields = [("cache-control", value)];
            judged(&HttpPolicy::new(kind), &request, 200, &fields).err()
        };
        assert_eq!(judged(Shared, "max-age=9"), Some(Unstorable::Authorization));
        for value in [
            "max-age=9, public",
            "s-maxage=9",
            "max-age=9, must-revalidate",
        ] {
            assert_eq!(judged(Shared, value), None, "{value}");
        }
        assert_eq!(judged(Private, "max-age=9"), None);
    }

    #[test]
    fn cookies_and_variants() {
        let with =
            |name, value| stored(Shared, &[("cache-control", "max-age=9"), (name, value)]).err();
        assert_eq!(with("set-cookie", "a=b"), Some(Unstorable::SetCookie));
        assert_eq!(with("vary", "accept, *"), Some(Unstorable::Vary));
        assert_eq!(with("vary", "no name"), Some(Unstorable::Vary));
        assert_eq!(with("vary", "accept, x-any"), None);
    }

    #[test]
    fn section_4_2_4_what_may_serve_past_its_life() {
        let windows = |kind, value: &str| {
            let mut policy = HttpPolicy::new(kind);
            policy.stale_if_error = Duration::from_secs(7);
            let fields = [("cache-control", value), ("etag", "\"a\"")];
            let terms = judged(&policy, &[], 200, &fields).unwrap();
            let seconds = |window: Duration| window.as_secs();
            (
                seconds(terms.while_revalidate),
                seconds(terms.if_error),
                terms.must_revalidate,
            )
        };
        assert_eq!(windows(Shared, "max-age=1"), (0, 7, false));
        assert_eq!(
            windows(
                Shared,
                "max-age=1, stale-if-error=2, stale-while-revalidate=3"
            ),
            (3, 2, false)
        );
        assert_eq!(
            windows(
                Shared,
                "max-age=1, must-revalidate, stale-while-revalidate=3"
            ),
            (0, 0, true)
        );
        assert_eq!(windows(Shared, "max-age=1, proxy-revalidate"), (0, 0, true));
        assert_eq!(
            windows(Private, "max-age=1, proxy-revalidate"),
            (0, 7, false)
        );
        assert_eq!(windows(Shared, "s-maxage=1"), (0, 0, true));
        assert_eq!(
            windows(Shared, "s-maxage=1, stale-while-revalidate=3"),
            (3, 0, true)
        );
        assert_eq!(windows(Shared, "no-cache, stale-if-error=3"), (0, 0, true));
    }
}
