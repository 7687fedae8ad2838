//! What an answer tells browsers and other caches about keeping it.

use std::time::{Duration, SystemTime};

use http::header::{CACHE_CONTROL, DATE, EXPIRES};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::cache_control::Directives;
use crate::http::audience::{Audience, make_private, remove_words_for_cdns};
use crate::http::refusal::Refusal;
use crate::http::validators::date;
use crate::http::vary::Varied;

/// What a page says of itself beside what its handler said.
#[derive(Debug)]
pub(crate) struct DownstreamTerms<'a> {
    /// The time of day.
    pub(crate) now: SystemTime,
    /// How long the entry lives.
    pub(crate) ttl: Duration,
    /// How long browsers may use it unasked, where the page says so.
    pub(crate) browser: Option<Duration>,
    pub(crate) audience: Audience,
    /// Whether it may be invalidated: then browsers must ask again, for nothing of ours reaches them.
    pub(crate) revalidate: bool,
    pub(crate) varied: &'a Varied,
}

impl DownstreamTerms<'_> {
    /// `Date`, `Cache-Control` and `Expires`. What the handler said of browsers stands, and what it said of other caches too, unless
    /// the page is for one visitor.
    pub(crate) fn downstream(&self, headers: &mut HeaderMap) {
        let dated = headers.get(DATE).and_then(date);
        if dated.is_none() {
            insert_date(headers, DATE, self.now);
        }
        let says = headers.contains_key(CACHE_CONTROL);
        match self.audience {
            Audience::Anybody if says => return,
            Audience::OneVisitor if Directives::of(headers).for_browsers => {
                return make_private(headers);
            }
            Audience::Anybody => {}
            Audience::OneVisitor | Audience::Admitted => remove_words_for_cdns(headers),
        }
        let life = self.life_in_browsers();
        let scope = match self.audience {
            Audience::Anybody => "",
            Audience::OneVisitor | Audience::Admitted => "private, ",
        };
        let seconds = life.as_secs();
        let again = if seconds == 0 {
            ", must-revalidate"
        } else {
            ""
        };
        if let Ok(value) = HeaderValue::try_from(format!("{scope}max-age={seconds}{again}")) {
            headers.insert(CACHE_CONTROL, value);
        }
        let expires = dated.unwrap_or(self.now).checked_add(life);
        insert_date(headers, EXPIRES, expires.unwrap_or(self.now));
    }

    /// How long browsers may use the page without asking: never longer than it is kept here.
    fn life_in_browsers(&self) -> Duration {
        let life = match self.browser {
            Some(browser) => browser,
            None if self.revalidate || self.audience == Audience::Admitted => Duration::ZERO,
            None => self.ttl,
        };
        life.min(self.ttl).min(A_YEAR)
    }
}

/// Has browsers and other caches ask again at once for an answer that is stale here, whatever was said of it when it was fresh.
pub(crate) fn end_life(headers: &mut HeaderMap) {
    let is_private = Directives::of(headers).forbids == Some(Refusal::Private);
    let ended = if is_private {
        "private, max-age=0, must-revalidate"
    } else {
        "max-age=0, must-revalidate"
    };
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(ended));
    headers.remove(EXPIRES);
    remove_words_for_cdns(headers);
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
