//! A page as it is kept, and the answers that are made from it.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::{
    AGE, CACHE_CONTROL, CACHE_STATUS, CONNECTION, CONTENT_LENGTH, CONTENT_LOCATION, DATE, ETAG,
    EXPIRES, HeaderName, LAST_MODIFIED, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, SET_COOKIE, TE,
    TRAILER, TRANSFER_ENCODING, UPGRADE, VARY,
};
use http::{HeaderMap, HeaderValue, Response, StatusCode};

use super::cache_status::Handled;
use super::rows::rows;
use super::validators::{Conditions, date, tag_of};
use super::vary::Varied;

/// A kept answer. Everything that does not change from hit to hit is made once, when it is stored.
#[derive(Debug)]
pub(crate) struct StoredPage {
    status: StatusCode,
    /// With places for `Age` and `Cache-Status`, so that a hit only fills them in.
    headers: HeaderMap,
    body: Bytes,
    modified: Option<SystemTime>,
    /// How old the answer was when it was stored, in seconds: it may come from another cache.
    born_aged: u64,
    /// What caches nearer to the origin said.
    earlier_status: Vec<HeaderValue>,
}

/// What a page says of itself beside what its handler said.
#[derive(Debug)]
pub(crate) struct Terms<'a> {
    /// The time of day.
    pub(crate) now: SystemTime,
    /// How long the entry lives.
    pub(crate) ttl: Duration,
    /// How long browsers may use it unasked, where the page says so.
    pub(crate) browser: Option<Duration>,
    /// Whether it is for one visitor alone, as far as other caches are concerned.
    pub(crate) private: bool,
    /// Whether it may be invalidated: then browsers must ask again, for nothing of ours reaches them.
    pub(crate) revalidate: bool,
    /// When it changed last, if the handler does not say.
    pub(crate) modified: Option<SystemTime>,
    pub(crate) varied: &'a Varied,
}

/// Fields that belong to one connection or one message and not to the page.
const OF_THE_MESSAGE: [HeaderName; 12] = [
    CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    PROXY_AUTHENTICATE,
    HeaderName::from_static("proxy-authentication-info"),
    PROXY_AUTHORIZATION,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
    CONTENT_LENGTH,
    SET_COOKIE,
];

/// What a 304 repeats (RFC 9110, section 15.4.5).
const OF_A_304: [HeaderName; 9] = [
    AGE,
    CACHE_CONTROL,
    CACHE_STATUS,
    CONTENT_LOCATION,
    DATE,
    ETAG,
    EXPIRES,
    LAST_MODIFIED,
    VARY,
];

impl StoredPage {
    pub(crate) fn new(
        status: StatusCode,
        mut headers: HeaderMap,
        body: Bytes,
        terms: &Terms<'_>,
    ) -> Self {
        strip(&mut headers);
        let born_aged = headers
            .get(AGE)
            .and_then(|age| age.to_str().ok()?.trim().parse().ok())
            .unwrap_or(0);
        let earlier_status = headers.get_all(CACHE_STATUS).into_iter().cloned().collect();
        terms.varied.merge(&mut headers);
        terms.downstream(&mut headers);
        if status == StatusCode::OK {
            if !headers.contains_key(ETAG)
                && let Some(tag) = tag_of(&body)
            {
                headers.insert(ETAG, tag);
            }
            if !headers.contains_key(LAST_MODIFIED)
                && let Some(modified) = terms.modified
            {
                insert_date(&mut headers, LAST_MODIFIED, modified);
            }
        }
        let modified = headers.get(LAST_MODIFIED).and_then(date);
        headers.insert(AGE, HeaderValue::from(born_aged));
        headers.insert(CACHE_STATUS, HeaderValue::from_static("cache-core"));
        Self {
            status,
            headers,
            body,
            modified,
            born_aged,
            earlier_status,
        }
    }

    /// What it costs to keep, in bytes, roughly.
    pub(crate) fn weight(&self) -> usize {
        let fields: usize = self
            .headers
            .iter()
            .map(|(name, value)| name.as_str().len() + value.len() + FIELD_COST)
            .sum();
        self.body.len() + fields
    }

    /// The answer to a request that has these conditions; `age` is the time since the page was stored, and `None` for who
    /// ran the handler.
    pub(crate) fn answer(
        &self,
        conditions: &Conditions,
        head: bool,
        handled: Handled,
        age: Option<Duration>,
    ) -> Response<Bytes> {
        let known =
            self.status == StatusCode::OK && conditions.know(self.headers.get(ETAG), self.modified);
        let (status, mut headers, body) = if known {
            (
                StatusCode::NOT_MODIFIED,
                self.headers_of_a_304(),
                Bytes::new(),
            )
        } else if head {
            (self.status, self.headers_of_a_head(), Bytes::new())
        } else {
            (self.status, self.headers.clone(), self.body.clone())
        };
        match age.map(|age| self.born_aged.saturating_add(age.as_secs())) {
            Some(age) => headers.insert(AGE, HeaderValue::from(age)),
            None if self.born_aged == 0 => headers.remove(AGE),
            None => None,
        };
        self.tell(handled, &mut headers);
        let mut answer = Response::new(body);
        *answer.status_mut() = status;
        *answer.headers_mut() = headers;
        answer
    }

    fn headers_of_a_304(&self) -> HeaderMap {
        let repeated = self
            .headers
            .iter()
            .filter(|(name, _)| OF_A_304.contains(name));
        repeated
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }

    fn headers_of_a_head(&self) -> HeaderMap {
        let mut headers = self.headers.clone();
        headers.insert(CONTENT_LENGTH, HeaderValue::from(self.body.len()));
        headers
    }

    fn tell(&self, handled: Handled, headers: &mut HeaderMap) {
        let Some((first, others)) = self.earlier_status.split_first() else {
            headers.insert(CACHE_STATUS, handled.value());
            return;
        };
        headers.insert(CACHE_STATUS, first.clone());
        for other in others {
            headers.append(CACHE_STATUS, other.clone());
        }
        handled.tell(headers);
    }
}

/// What a header field takes beside its text.
const FIELD_COST: usize = 100;

/// Takes away what does not belong to the page, and what `Connection` says does not either.
fn strip(headers: &mut HeaderMap) {
    let nominated: Vec<HeaderName> = rows(headers, CONNECTION)
        .filter_map(|name| HeaderName::from_bytes(name).ok())
        .collect();
    for name in nominated.into_iter().chain(OF_THE_MESSAGE) {
        headers.remove(name);
    }
}

impl Terms<'_> {
    /// `Date`, `Cache-Control` and `Expires`. What the handler said of other caches stands, except on a private page.
    fn downstream(&self, headers: &mut HeaderMap) {
        let dated = headers.get(DATE).and_then(date);
        if dated.is_none() {
            insert_date(headers, DATE, self.now);
        }
        if headers.contains_key(CACHE_CONTROL) && !self.private {
            return;
        }
        let life = match self.browser {
            Some(browser) => browser,
            None if self.private || self.revalidate => Duration::ZERO,
            None => self.ttl,
        };
        let scope = if self.private { "private, " } else { "" };
        let again = if life.is_zero() {
            ", must-revalidate"
        } else {
            ""
        };
        if let Ok(value) =
            HeaderValue::try_from(format!("{scope}max-age={}{again}", life.as_secs()))
        {
            headers.insert(CACHE_CONTROL, value);
        }
        insert_date(
            headers,
            EXPIRES,
            dated
                .unwrap_or(self.now)
                .checked_add(life)
                .unwrap_or(self.now),
        );
    }
}

/// Leaves a field out that would lie beyond the dates that HTTP can write.
fn insert_date(headers: &mut HeaderMap, name: HeaderName, time: SystemTime) {
    let seconds = time
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(u64::MAX, |since| since.as_secs());
    if seconds < YEAR_9999
        && let Ok(value) = HeaderValue::try_from(httpdate::fmt_http_date(time))
    {
        headers.insert(name, value);
    }
}

/// The last second that `httpdate` writes without a panic, and one more.
const YEAR_9999: u64 = 253_402_300_800;

#[cfg(test)]
mod tests {
    use http::header::IF_NONE_MATCH;

    use super::*;
    use crate::http::cache_status::{Missed, Outcome};

    const NOW: SystemTime = SystemTime::UNIX_EPOCH;
    const STORED: Handled = Handled::Missed(Missed::Uri, Outcome::Stored);
    const HIT: Handled = Handled::Hit(Duration::from_secs(7));
    static PLAIN: Varied = Varied {
        headers: Vec::new(),
        cookies: &[],
    };

    fn terms() -> Terms<'static> {
        Terms {
            now: NOW,
            ttl: Duration::from_secs(900),
            browser: None,
            private: false,
            revalidate: false,
            modified: Some(NOW),
            varied: &PLAIN,
        }
    }

    fn page(status: u16, fields: &[(&'static str, &str)], terms: &Terms<'_>) -> StoredPage {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(
                HeaderName::from_static(name),
                HeaderValue::from_str(value).unwrap(),
            );
        }
        StoredPage::new(
            StatusCode::from_u16(status).unwrap(),
            headers,
            Bytes::from_static(b"page"),
            terms,
        )
    }

    fn plain_answer(page: &StoredPage) -> Response<Bytes> {
        page.answer(
            &Conditions::default(),
            false,
            HIT,
            Some(Duration::from_secs(3)),
        )
    }

    fn all<'a>(answer: &'a Response<Bytes>, name: &str) -> Vec<&'a str> {
        answer
            .headers()
            .get_all(name)
            .into_iter()
            .map(|value| value.to_str().unwrap())
            .collect()
    }

    #[test]
    fn an_answer_says_what_it_is() {
        let answer = plain_answer(&page(
            200,
            &[
                ("content-type", "text/html"),
                ("x-own", "1"),
                ("x-own", "2"),
            ],
            &terms(),
        ));
        assert_eq!(
            (answer.status(), &answer.body()[..]),
            (StatusCode::OK, &b"page"[..])
        );
        for (name, expected) in [
            ("age", &["3"][..]),
            ("cache-control", &["max-age=900"]),
            ("cache-status", &["cache-core; hit; ttl=7"]),
            ("date", &["Thu, 01 Jan 1970 00:00:00 GMT"]),
            ("expires", &["Thu, 01 Jan 1970 00:15:00 GMT"]),
            ("last-modified", &["Thu, 01 Jan 1970 00:00:00 GMT"]),
            ("content-type", &["text/html"]),
            ("x-own", &["1", "2"]),
            ("vary", &[]),
            ("content-length", &[]),
        ] {
            assert_eq!(all(&answer, name), expected, "{name}");
        }
        assert_eq!(all(&answer, "etag").len(), 1);
    }

    #[test]
    fn the_one_who_ran_the_handler_sees_no_age() {
        let kept = page(200, &[], &terms());
        assert!(
            all(
                &kept.answer(&Conditions::default(), false, STORED, None),
                "age"
            )
            .is_empty()
        );
        let aged = page(200, &[("age", "5")], &terms());
        assert_eq!(
            all(
                &aged.answer(&Conditions::default(), false, STORED, None),
                "age"
            ),
            ["5"]
        );
        assert_eq!(all(&plain_answer(&aged), "age"), ["8"]);
    }

    #[test]
    fn who_may_keep_it_downstream() {
        for (private, revalidate, browser, own, expected) in [
            (false, false, None, None, "max-age=900"),
            (false, true, None, None, "max-age=0, must-revalidate"),
            (
                true,
                false,
                None,
                None,
                "private, max-age=0, must-revalidate",
            ),
            (true, true, Some(60), None, "private, max-age=60"),
            (false, true, Some(60), None, "max-age=60"),
            (false, false, Some(60), None, "max-age=60"),
            (
                false,
                true,
                None,
                Some("public, max-age=5"),
                "public, max-age=5",
            ),
            (
                true,
                false,
                None,
                Some("public, max-age=5"),
                "private, max-age=0, must-revalidate",
            ),
        ] {
            let browser = browser.map(Duration::from_secs);
            let fields: Vec<_> = own.iter().map(|own| ("cache-control", *own)).collect();
            let answer = plain_answer(&page(
                200,
                &fields,
                &Terms {
                    private,
                    revalidate,
                    browser,
                    ..terms()
                },
            ));
            assert_eq!(all(&answer, "cache-control"), [expected]);
            assert_eq!(
                all(&answer, "expires").is_empty(),
                expected.starts_with("public")
            );
        }
    }

    #[test]
    fn what_belongs_to_the_message_is_not_kept() {
        let answer = plain_answer(&page(
            200,
            &[
                ("connection", "close, X-Hop"),
                ("x-hop", "1"),
                ("keep-alive", "timeout=5"),
                ("transfer-encoding", "chunked"),
                ("content-length", "99"),
                ("trailer", "x"),
                ("upgrade", "h2c"),
                ("set-cookie", "id=1"),
                ("content-encoding", "br"),
            ],
            &terms(),
        ));
        for name in [
            "connection",
            "x-hop",
            "keep-alive",
            "transfer-encoding",
            "content-length",
            "trailer",
            "upgrade",
            "set-cookie",
        ] {
            assert!(all(&answer, name).is_empty(), "{name}");
        }
        assert_eq!(all(&answer, "content-encoding"), ["br"]);
    }

    #[test]
    fn a_head_is_the_get_without_its_body() {
        let kept = page(200, &[("content-type", "text/html")], &terms());
        let (get, head) = (
            plain_answer(&kept),
            kept.answer(
                &Conditions::default(),
                true,
                HIT,
                Some(Duration::from_secs(3)),
            ),
        );
        assert!(head.body().is_empty());
        assert_eq!(all(&head, "content-length"), ["4"]);
        let mut headers = head.headers().clone();
        headers.remove(CONTENT_LENGTH);
        assert_eq!(&headers, get.headers());
    }

    #[test]
    fn a_known_page_is_a_304_from_the_entry_alone() {
        let varied = Varied {
            headers: vec![http::header::ACCEPT_LANGUAGE],
            cookies: &[],
        };
        let kept = page(
            200,
            &[
                ("content-type", "text/html"),
                ("content-location", "/en"),
                ("x-own", "1"),
            ],
            &Terms {
                varied: &varied,
                ..terms()
            },
        );
        let tag = plain_answer(&kept).headers()[ETAG].clone();
        let conditions = Conditions::of(&[(IF_NONE_MATCH, tag.clone())].into_iter().collect());
        let answer = kept.answer(&conditions, false, HIT, Some(Duration::ZERO));
        assert_eq!(
            (answer.status(), answer.body().len()),
            (StatusCode::NOT_MODIFIED, 0)
        );
        let mut names: Vec<&str> = answer.headers().keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(
            names,
            [
                "age",
                "cache-control",
                "cache-status",
                "content-location",
                "date",
                "etag",
                "expires",
                "last-modified",
                "vary"
            ]
        );
        assert_eq!(answer.headers()[ETAG], tag);
        assert_eq!(
            kept.answer(&conditions, true, HIT, None).status(),
            StatusCode::NOT_MODIFIED
        );
    }

    #[test]
    fn only_a_200_can_be_unchanged() {
        let any = Conditions::of(
            &[(IF_NONE_MATCH, HeaderValue::from_static("*"))]
                .into_iter()
                .collect(),
        );
        let missing = page(404, &[], &terms());
        assert_eq!(
            missing.answer(&any, false, HIT, None).status(),
            StatusCode::NOT_FOUND
        );
        assert!(!plain_answer(&missing).headers().contains_key(ETAG));
    }

    #[test]
    fn the_handlers_own_validators_stand() {
        let fields = [
            ("etag", "\"own\""),
            ("last-modified", "Sun, 06 Nov 1994 08:49:37 GMT"),
            ("date", "Sun, 06 Nov 1994 08:49:38 GMT"),
        ];
        let answer = plain_answer(&page(200, &fields, &terms()));
        for (name, value) in fields {
            assert_eq!(all(&answer, name), [value]);
        }
        assert_eq!(all(&answer, "expires"), ["Sun, 06 Nov 1994 09:04:38 GMT"]);
    }

    #[test]
    fn earlier_caches_keep_their_word() {
        let answer = plain_answer(&page(200, &[("cache-status", "origin; hit")], &terms()));
        assert_eq!(
            all(&answer, "cache-status"),
            ["origin; hit", "cache-core; hit; ttl=7"]
        );
    }

    #[test]
    fn a_life_beyond_all_dates_panics_nowhere() {
        let answer = plain_answer(&page(
            200,
            &[("age", "18446744073709551615")],
            &Terms {
                ttl: Duration::MAX,
                ..terms()
            },
        ));
        assert_eq!(all(&answer, "age"), ["18446744073709551615"]);
        let far = Terms {
            ttl: Duration::from_secs(YEAR_9999),
            ..terms()
        };
        assert!(all(&plain_answer(&page(200, &[], &far)), "expires").is_empty());
    }

    #[test]
    fn the_weight_counts_body_and_fields() {
        let (small, large) = (
            page(200, &[], &terms()),
            page(200, &[("content-type", "text/html")], &terms()),
        );
        assert!(large.weight() > small.weight() && small.weight() > 4);
    }
}
