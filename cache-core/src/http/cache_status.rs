//! `Cache-Status`: what the cache did with a request (RFC 9211).

use std::time::Duration;

use http::header::CACHE_STATUS;
use http::{HeaderMap, HeaderValue};

use super::refusal::{Bypass, Refusal};
use super::room::add;
#[cfg(feature = "layer")]
use super::semantics::storing::Unstorable;
use crate::stats::MissReason;

/// How a request was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CacheStatus {
    /// From an entry with this much of its life left.
    Hit(Duration),
    /// From an entry whose life has ended so long ago.
    Stale(Duration),
    /// From an entry whose life has ended so long ago, in the place of a load that has failed or was too slow.
    InPlace(Duration),
    /// By the handler, whose answer is kept; why there was none.
    Stored(Miss, MissReason),
    /// With the answer to another request, for which this one has waited.
    Collapsed(Miss),
    /// By the handler, whose answer is not kept.
    Refused(Miss, Refusal),
    /// From an entry that its origin has confirmed.
    #[cfg(feature = "layer")]
    Confirmed(Miss),
    /// By the origin, whose response is not stored.
    #[cfg(feature = "layer")]
    NotStored(Miss, Unstorable),
    /// By the handler, without a look-up.
    Bypassed(Bypass),
    /// By this cache itself: the request is not to be forwarded, and nothing serves.
    #[cfg(feature = "layer")]
    OnlyIfCached,
}

/// What was not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Miss {
    /// Anything for this target.
    Uri,
    /// This variant of it; nobody has looked for others.
    Variant,
    /// This variant of it; another one is kept, or was.
    OtherVariant,
    /// A fresh entry: the one that is there is past its life.
    Stale,
    /// An entry that the request accepts: the one that is there is fresh, but not fresh enough for it.
    #[cfg(feature = "layer")]
    Refused,
}

impl CacheStatus {
    /// Adds this cache to the answer's `Cache-Status`, behind those nearer to the origin.
    pub(crate) fn tell(self, headers: &mut HeaderMap) {
        add(headers, CACHE_STATUS, self.value());
    }

    /// The member of this cache.
    pub(crate) fn value(self) -> HeaderValue {
        let text = match self {
            // Of just this length: it then becomes a header value as it is.
            Self::Hit(left) => {
                let left = left.as_secs().min(LONGEST);
                ["cache-core; hit; ttl=", &left.to_string()].concat()
            }
            Self::Stale(since) => format!("cache-core; hit; ttl={}; detail=stale", overdue(since)),
            Self::InPlace(since) => {
                format!(
                    "cache-core; fwd=stale; ttl={}; detail=stale",
                    overdue(since)
                )
            }
            Self::Stored(miss, MissReason::NeverSeen) => {
                format!("cache-core; fwd={}; stored", miss.name())
            }
            Self::Stored(miss, reason) => {
                let miss = miss.after(reason).name();
                format!("cache-core; fwd={miss}; stored; detail={reason}")
            }
            Self::Collapsed(miss) => format!("cache-core; fwd={}; collapsed", miss.name()),
            Self::Refused(miss, reason) => {
                format!("cache-core; fwd={}; detail={reason}", miss.name())
            }
            #[cfg(feature = "layer")]
            Self::Confirmed(Miss::Refused) => {
                "cache-core; fwd=request; fwd-status=304; stored".to_owned()
            }
            #[cfg(feature = "layer")]
            Self::Confirmed(_) => "cache-core; fwd=stale; fwd-status=304; stored".to_owned(),
            #[cfg(feature = "layer")]
            Self::NotStored(miss, reason) => {
                format!("cache-core; fwd={}; detail={reason}", miss.name())
            }
            #[cfg(feature = "layer")]
            Self::OnlyIfCached => "cache-core; detail=only-if-cached".to_owned(),
            Self::Bypassed(Bypass::Method) => "cache-core; fwd=method".to_owned(),
            Self::Bypassed(reason) => format!("cache-core; fwd=bypass; detail={reason}"),
        };
        HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("cache-core"))
    }
}

/// How much is left of a life that has ended so long ago.
fn overdue(since: Duration) -> i128 {
    -i128::from(since.as_secs().min(LONGEST))
}

/// The largest integer of a structured field (RFC 9651, section 3.3.1).
const LONGEST: u64 = 999_999_999_999_999;

impl Miss {
    /// The same, where more is known of it.
    const fn after(self, reason: MissReason) -> Self {
        match reason {
            MissReason::Expired => Self::Stale,
            MissReason::Variant => Self::OtherVariant,
            _ => self,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Uri => "uri-miss",
            Self::Variant => "miss",
            Self::OtherVariant => "vary-miss",
            Self::Stale => "stale",
            #[cfg(feature = "layer")]
            Self::Refused => "request",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members() {
        for (status, expected) in [
            (
                CacheStatus::Hit(Duration::from_millis(899_900)),
                "cache-core; hit; ttl=899",
            ),
            (
                CacheStatus::Hit(Duration::MAX),
                "cache-core; hit; ttl=999999999999999",
            ),
            (
                CacheStatus::Stale(Duration::from_millis(412_900)),
                "cache-core; hit; ttl=-412; detail=stale",
            ),
            (
                CacheStatus::Stale(Duration::ZERO),
                "cache-core; hit; ttl=0; detail=stale",
            ),
            (
                CacheStatus::InPlace(Duration::from_secs(7)),
                "cache-core; fwd=stale; ttl=-7; detail=stale",
            ),
            (
                CacheStatus::Stored(Miss::Uri, MissReason::NeverSeen),
                "cache-core; fwd=uri-miss; stored",
            ),
            (
                CacheStatus::Stored(Miss::Uri, MissReason::Evicted),
                "cache-core; fwd=uri-miss; stored; detail=evicted",
            ),
            (
                CacheStatus::Stored(Miss::Variant, MissReason::Expired),
                "cache-core; fwd=stale; stored; detail=expired",
            ),
            (
                CacheStatus::Stored(Miss::Variant, MissReason::Variant),
                "cache-core; fwd=vary-miss; stored; detail=variant",
            ),
            (
                CacheStatus::Collapsed(Miss::Variant),
                "cache-core; fwd=miss; collapsed",
            ),
            (
                CacheStatus::Refused(Miss::Uri, Refusal::SetCookie),
                "cache-core; fwd=uri-miss; detail=set-cookie",
            ),
            (
                CacheStatus::Bypassed(Bypass::Method),
                "cache-core; fwd=method",
            ),
            (
                CacheStatus::Bypassed(Bypass::Authorization),
                "cache-core; fwd=bypass; detail=authorization",
            ),
        ] {
            assert_eq!(status.value(), expected);
        }
    }

    #[test]
    fn a_cache_nearer_to_the_origin_comes_first() {
        let mut headers: HeaderMap = [(CACHE_STATUS, HeaderValue::from_static("origin; hit"))]
            .into_iter()
            .collect();
        CacheStatus::Bypassed(Bypass::Method).tell(&mut headers);
        assert_eq!(
            headers.get_all(CACHE_STATUS).iter().collect::<Vec<_>>(),
            ["origin; hit", "cache-core; fwd=method"]
        );
    }
}
