//! How long a response is fresh, and how old it is (RFC 9111, section 4.2).

use std::time::{Duration, SystemTime};

use http::header::{AGE, DATE, EXPIRES, LAST_MODIFIED};
use http::{HeaderMap, StatusCode};

use super::directives::{ResponseDirectives, seconds};
use super::policy::HttpPolicy;
use super::statuses::is_heuristically_cacheable;
use super::targeted::targeted;
use crate::http::validators::date;

/// The longest life that is worth telling from a longer one: a hundred years.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// The longest life that is guessed.
const LONGEST_GUESS: Duration = Duration::from_secs(24 * 3600);

/// What decides about a response: its directives, and whether `Expires` counts beside them.
#[derive(Clone, Debug, Default)]
pub(crate) struct ResponseTerms {
    pub(crate) directives: ResponseDirectives,
    /// A field for this cache alone has spoken.
    is_targeted: bool,
}

impl ResponseTerms {
    pub(crate) fn of(headers: &HeaderMap, policy: &HttpPolicy) -> Self {
        match targeted(headers, &policy.targeted) {
            Some(directives) => Self {
                directives,
                is_targeted: true,
            },
            None => Self {
                directives: ResponseDirectives::of(headers),
                is_targeted: false,
            },
        }
    }

    /// How long the response says that it is fresh (section 4.2.1); `None` where it does not say.
    pub(crate) fn explicit_life(
        &self,
        headers: &HeaderMap,
        policy: &HttpPolicy,
        now: SystemTime,
    ) -> Option<Duration> {
        let ResponseDirectives {
            max_age, s_maxage, ..
        } = self.directives;
        let s_maxage = s_maxage.filter(|_| policy.is_shared());
        let life = s_maxage.or(max_age).map(Duration::from_secs);
        let life = life.or_else(|| {
            let counts = !self.is_targeted;
            counts.then(|| until_expiry(headers, now)).flatten()
        });
        life.map(|life| life.min(LONGEST))
    }

    /// How long the response is taken to be fresh where it does not say (section 4.2.2); `None` where nobody may guess.
    pub(crate) fn guessed_life(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        policy: &HttpPolicy,
        now: SystemTime,
    ) -> Option<Duration> {
        let known = policy.lives.iter().find(|(known, _)| *known == status);
        if let Some((_, life)) = known {
            return Some(*life);
        }
        if policy.heuristic <= 0.0
            || !(is_heuristically_cacheable(status) || self.directives.public)
        {
            return None;
        }
        let modified = headers.get(LAST_MODIFIED).and_then(date)?;
        let dated = headers.get(DATE).and_then(date).unwrap_or(now);
        let since = dated.duration_since(modified).unwrap_or_default();
        Some(since.mul_f64(policy.heuristic.min(1.0)).min(LONGEST_GUESS))
    }
}

/// The time from `Date` to `Expires` (section 5.3). What cannot be read, and what is given twice, is in the past.
fn until_expiry(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let mut lines = headers.get_all(EXPIRES).into_iter();
    let expires = lines.next()?;
    let at = date(expires).filter(|_| lines.next().is_none());
    let dated = headers.get(DATE).and_then(date).unwrap_or(now);
    let life = at.and_then(|at| at.duration_since(dated).ok());
    Some(life.unwrap_or_default())
}

/// How old a response was when it came (section 4.2.3): what other caches say in `Age` and the way took, or what has passed since its
/// `Date`. An `Age` that is no number says nothing (section 5.1).
pub(crate) fn initial_age(headers: &HeaderMap, delay: Duration, now: SystemTime) -> Duration {
    let dated = headers.get(DATE).and_then(date);
    let apparent = dated.and_then(|dated| now.duration_since(dated).ok());
    let stated = headers.get(AGE).and_then(|age| {
        let first = age.as_bytes().split(|byte| *byte == b',').next()?;
        seconds(first.trim_ascii())
    });
    let corrected = Duration::from_secs(stated.unwrap_or(0)).saturating_add(delay);
    let apparent = Duration::from_secs(apparent.map_or(0, |since| since.as_secs()));
    corrected.max(apparent)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::super::policy::CacheKind;
    use super::*;
    use crate::http::testing::map;

    const NOW: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
    const LATER: &str = "Sun, 06 Nov 1994 08:50:37 GMT";
    const EARLIER: &str = "Sun, 06 Nov 1994 08:48:37 GMT";

    fn now() -> SystemTime {
        date(&HeaderValue::from_static(NOW)).unwrap()
    }

    fn life(kind: CacheKind, fields: &[(&'static str, &str)]) -> Option<u64> {
        let (headers, policy) = (map(fields), HttpPolicy::new(kind));
        let terms = ResponseTerms::of(&headers, &policy);
        let life = terms.explicit_life(&headers, &policy, now());
        life.map(|life| life.as_secs())
    }

    #[test]
    fn what_comes_first_counts() {
        use CacheKind::{Private, Shared};
        let all = [
            ("cdn-cache-control", "max-age=9"),
            ("cache-control", "max-age=60, s-maxage=30"),
            ("expires", LATER),
        ];
        assert_eq!(life(Shared, &all), Some(9));
        assert_eq!(life(Private, &all), Some(60));
        assert_eq!(life(Shared, &all[1..]), Some(30));
        assert_eq!(life(Shared, &all[2..]), Some(60));
        assert_eq!(life(Shared, &[]), None);
        assert_eq!(life(Private, &[("cache-control", "s-maxage=30")]), None);
        let targeted = [("cdn-cache-control", "public"), ("expires", LATER)];
        assert_eq!(life(Shared, &targeted), None, "Expires says nothing then");
    }

    #[test]
    fn expiry() {
        for (expires, dated, expected) in [
            (LATER, NOW, 60),
            (LATER, EARLIER, 120),
            (EARLIER, NOW, 0),
            (NOW, NOW, 0),
            ("0", NOW, 0),
            ("", NOW, 0),
            (LATER, "yesterday", 60),
        ] {
            let fields = [("expires", expires), ("date", dated)];
            assert_eq!(
                life(CacheKind::Shared, &fields),
                Some(expected),
                "{expires}"
            );
        }
        let twice = [("expires", LATER), ("expires", LATER)];
        assert_eq!(life(CacheKind::Shared, &twice), Some(0));
    }

    #[test]
    fn guesses() {
        let guess = |status: u16, heuristic, fields: &[(&'static str, &str)]| {
            let mut policy = HttpPolicy::new(CacheKind::Shared);
            policy.heuristic = heuristic;
            policy.lives = vec![(StatusCode::NOT_FOUND, Duration::from_secs(5))];
            let headers = map(fields);
            let terms = ResponseTerms::of(&headers, &policy);
            let status = StatusCode::from_u16(status).unwrap();
            let life = terms.guessed_life(status, &headers, &policy, now());
            life.map(|life| life.as_secs())
        };
        let old = [("last-modified", EARLIER)];
        assert_eq!(guess(200, 0.1, &old), Some(6));
        assert_eq!(guess(200, 0.0, &old), None);
        assert_eq!(guess(200, 0.1, &[]), None);
        assert_eq!(guess(200, 0.1, &[("last-modified", LATER)]), Some(0));
        assert_eq!(guess(201, 0.1, &old), None);
        assert_eq!(guess(404, 0.1, &old), Some(5));
        let public = [("last-modified", EARLIER), ("cache-control", "public")];
        assert_eq!(guess(599, 0.1, &public), Some(6));
        let ancient = [("last-modified", "Sun, 06 Nov 1904 08:49:37 GMT")];
        assert_eq!(guess(200, 0.1, &ancient), None, "before all clocks");
        let ancient = [("last-modified", "Thu, 06 Nov 1980 08:49:37 GMT")];
        assert_eq!(guess(200, 0.1, &ancient), Some(24 * 3600));
    }

    #[test]
    fn ages() {
        for (fields, expected) in [
            (&[][..], 2),
            (&[("age", "10")], 12),
            (&[("age", "old")], 2),
            (&[("age", "-1")], 2),
            (&[("age", "7.0")], 2),
            (&[("age", "10, 0")], 12),
            (&[("age", "0"), ("age", "10")], 2),
            (&[("date", EARLIER)], 60),
            (&[("date", LATER)], 2),
            (&[("date", EARLIER), ("age", "100")], 102),
        ] {
            let age = initial_age(&map(fields), Duration::from_secs(2), now());
            assert_eq!(age, Duration::from_secs(expected), "{fields:?}");
        }
        let endless = initial_age(
            &map(&[("age", "99999999999999999999")]),
            Duration::from_secs(2),
            now(),
        );
        assert!(endless > LONGEST);
    }
}
