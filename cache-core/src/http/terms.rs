//! What an answer tells browsers and other caches about keeping it.

use std::time::{Duration, SystemTime};

use http::header::{CACHE_CONTROL, DATE, EXPIRES};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::validators::date;
use super::vary::Varied;

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

impl Terms<'_> {
    /// `Date`, `Cache-Control` and `Expires`. What the handler said of other caches stands, except on a private page.
    pub(crate) fn downstream(&self, headers: &mut HeaderMap) {
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
        }
        .min(A_YEAR);
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
pub(crate) fn insert_date(headers: &mut HeaderMap, name: HeaderName, time: SystemTime) {
    let seconds = time
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(u64::MAX, |since| since.as_secs());
    if seconds < YEAR_9999
        && let Ok(value) = HeaderValue::try_from(httpdate::fmt_http_date(time))
    {
        headers.insert(name, value);
    }
}

/// The longest that other caches are told to keep anything.
const A_YEAR: Duration = Duration::from_secs(365 * 86_400);

/// The last second that `httpdate` writes without a panic, and one more.
pub(crate) const YEAR_9999: u64 = 253_402_300_800;
