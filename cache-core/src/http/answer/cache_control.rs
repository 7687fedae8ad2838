//! `Cache-Control` and `Expires` of a response (RFC 9111, sections 5.2.2 and 5.3).

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::{AGE, CACHE_CONTROL, DATE, EXPIRES};

use crate::http::members::quoted_members;
use crate::http::refusal::Refusal;
use crate::http::semantics::directives::{directive, hides_another, seconds, tighten};
use crate::http::validators::date;

/// What a response says of its own keeping.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Directives {
    /// Why it must not be kept here: the first directive that says so, or a line that cannot be read and may hide one.
    pub(crate) forbids: Option<Refusal>,
    /// Seconds of life in a shared cache: `s-maxage`, or else `max-age`; the least where one is given twice. What is no
    /// number is no time.
    pub(crate) life: Option<u64>,
    /// Whether it says how long browsers may keep it.
    pub(crate) for_browsers: bool,
}

impl Directives {
    /// Reads all lines as one list. A qualified `private="X"` counts as `private`.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let mut found = Self::default();
        let (mut max_age, mut s_maxage) = (None, None);
        for line in headers.get_all(CACHE_CONTROL) {
            let Some(members) = quoted_members(line.as_bytes()) else {
                found.forbid(Refusal::CacheControl);
                continue;
            };
            for (name, argument) in members.into_iter().map(directive) {
                match name.as_slice() {
                    b"private" => found.forbid(Refusal::Private),
                    b"no-store" => found.forbid(Refusal::NoStore),
                    b"no-cache" => found.forbid(Refusal::NoCache),
                    b"max-age" => tighten(&mut max_age, argument),
                    b"s-maxage" => tighten(&mut s_maxage, argument),
                    _ => {}
                }
                if hides_another(&name, argument) {
                    found.forbid(Refusal::CacheControl);
                }
            }
        }
        found.life = s_maxage.or(max_age);
        found.for_browsers = max_age.is_some();
        found
    }

    fn forbid(&mut self, reason: Refusal) {
        self.forbids.get_or_insert(reason);
    }
}

/// How long the response itself says that it stays fresh from now on; `None` when it does not say.
///
/// `Cache-Control` comes before `Expires`, and what it has aged already is taken off. What cannot be read is no time at all.
pub(crate) fn own_life(
    headers: &HeaderMap,
    directives: &Directives,
    now: SystemTime,
) -> Option<Duration> {
    let life = directives
        .life
        .map(Duration::from_secs)
        .or_else(|| until_expiry(headers, now));
    match (life, age(headers, now)) {
        (life, Some(age)) => life.map(|life| life.saturating_sub(age)),
        (_, None) => Some(Duration::ZERO),
    }
}

/// How old a response is already, in whole seconds: what it says in `Age`, or what is over since its `Date` (RFC 9111, section 4.2.3);
/// `None` when its `Age` cannot be read.
pub(crate) fn age(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let dated = headers.get(DATE).and_then(date);
    let since = dated.and_then(|dated| now.duration_since(dated).ok());
    let apparent = since.map_or(0, |since| since.as_secs());
    let stated = match headers.get(AGE) {
        Some(age) => seconds(age.as_bytes().trim_ascii())?,
        None => 0,
    };
    Some(Duration::from_secs(stated.max(apparent)))
}

/// In how many seconds its `Expires` ends the life of a response.
pub(super) fn expires_in(headers: &HeaderMap, now: SystemTime) -> Option<u64> {
    until_expiry(headers, now).map(|left| left.as_secs())
}

fn until_expiry(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let expires = headers.get(EXPIRES)?;
    let origin = headers.get(DATE).and_then(date).unwrap_or(now);
    Some(
        date(expires)
            .and_then(|at| at.duration_since(origin).ok())
            .unwrap_or(Duration::ZERO),
    )
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};
    use proptest::prelude::*;

    use super::*;

    fn map(pairs: &[(HeaderName, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(name.clone(), HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    fn read(lines: &[&str]) -> Directives {
        Directives::of(&map(&lines
            .iter()
            .map(|line| (CACHE_CONTROL, *line))
            .collect::<Vec<_>>()))
    }

    #[test]
    fn refusals_in_any_form() {
        for lines in [
            &["private"][..],
            &["PRIVATE"],
            &["public, Private"],
            &["public", "private"],
            &[r#"private="Set-Cookie""#],
            &["max-age=60,\tpRiVaTe"],
            &["private junk"],
        ] {
            assert_eq!(read(lines).forbids, Some(Refusal::Private), "{lines:?}");
        }
        for lines in [
            &["No-Store"][..],
            &["no-store, no-cache, max-age=0"],
            &["max-age=60", "no-store"],
            &["no-store=1"],
        ] {
            assert_eq!(read(lines).forbids, Some(Refusal::NoStore), "{lines:?}");
        }
        for lines in [
            &["NO-CACHE"][..],
            &[r#"no-cache="X, Y", max-age=60"#],
            &["public,no-cache"],
        ] {
            assert_eq!(read(lines).forbids, Some(Refusal::NoCache), "{lines:?}");
        }
    }

    #[test]
    fn what_is_quoted_is_no_directive() {
        assert_eq!(
            read(&[r#"ext="a, private, no-store""#]),
            Directives::default()
        );
        assert_eq!(read(&["x-private, no-stored"]).forbids, None);
    }

    #[test]
    fn a_line_that_cannot_be_read_hides_nothing() {
        assert_eq!(
            read(&[r#"ext="a, private"#]).forbids,
            Some(Refusal::CacheControl)
        );
        for line in [
            "=private",
            "public; no-store",
            "max-age=5 private",
            "\"no-store\"",
        ] {
            assert_eq!(read(&[line]).forbids, Some(Refusal::CacheControl), "{line}");
        }
        assert_eq!(read(&[", ,max-age=5"]).forbids, None);
    }

    #[test]
    fn times_saturate_and_garbage_is_no_time() {
        for (line, life) in [
            ("max-age=60", Some(60)),
            (r#"max-age="60""#, Some(60)),
            ("max-age=60, s-maxage=5", Some(5)),
            ("s-maxage=600, max-age=5", Some(600)),
            ("max-age=60, max-age=5", Some(5)),
            ("max-age=-1", Some(0)),
            ("max-age=1.5", Some(0)),
            ("max-age=1e9", Some(0)),
            ("max-age", Some(0)),
            ("max-age=", Some(0)),
            (r#"max-age="""#, Some(0)),
            ("max-age=9223372036854775808", Some(1 << 63)),
            ("max-age=18446744073709551616", Some(u64::MAX)),
            ("max-age=100000000000000000000000", Some(u64::MAX)),
            ("public", None),
        ] {
            assert_eq!(read(&[line]).life, life, "{line}");
        }
    }

    #[test]
    fn the_responses_own_life() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        let (before, date, later) = (
            "Sun, 06 Nov 1994 08:49:17 GMT",
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:50:37 GMT",
        );
        for (pairs, life) in [
            (vec![], None),
            (vec![(CACHE_CONTROL, "max-age=60")], Some(60)),
            (vec![(CACHE_CONTROL, "max-age=60"), (AGE, "20")], Some(40)),
            (
                vec![
                    (CACHE_CONTROL, "max-age=60"),
                    (AGE, "99999999999999999999999"),
                ],
                Some(0),
            ),
            (vec![(CACHE_CONTROL, "max-age=60"), (AGE, "-1")], Some(0)),
            (vec![(CACHE_CONTROL, "max-age=60"), (AGE, "1.0")], Some(0)),
            (vec![(AGE, "7")], None),
            (vec![(AGE, "x")], Some(0)),
            (vec![(EXPIRES, later)], Some(60)),
            (vec![(EXPIRES, later), (DATE, later)], Some(0)),
            (
                vec![(EXPIRES, later), (CACHE_CONTROL, "max-age=5")],
                Some(5),
            ),
            (vec![(EXPIRES, date)], Some(0)),
            (vec![(EXPIRES, "0")], Some(0)),
            (vec![(EXPIRES, "Sunday, 06-Nov-94 08:50:37 GMT")], Some(60)),
            (vec![(EXPIRES, "tomorrow")], Some(0)),
            (vec![(EXPIRES, later), (DATE, "never")], Some(60)),
            (
                vec![(CACHE_CONTROL, "max-age=60"), (DATE, before)],
                Some(40),
            ),
            (vec![(EXPIRES, later), (DATE, before)], Some(60)),
            (
                vec![(CACHE_CONTROL, "max-age=60"), (DATE, before), (AGE, "30")],
                Some(30),
            ),
            (vec![(CACHE_CONTROL, "max-age=60"), (DATE, later)], Some(60)),
        ] {
            let headers = map(&pairs);
            assert_eq!(
                own_life(&headers, &Directives::of(&headers), now),
                life.map(Duration::from_secs),
                "{pairs:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_value_panics(line in prop::collection::vec(any::<u8>(), 0..40), age in "[ -~]{0,24}") {
            if let (Ok(line), Ok(age)) = (HeaderValue::from_bytes(&line), HeaderValue::from_str(&age)) {
                let headers: HeaderMap = [(CACHE_CONTROL, line), (AGE, age.clone()), (EXPIRES, age)].into_iter().collect();
                let directives = Directives::of(&headers);
                own_life(&headers, &directives, SystemTime::UNIX_EPOCH);
            }
        }
    }
}
