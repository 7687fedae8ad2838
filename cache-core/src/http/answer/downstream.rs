//! What an answer tells browsers and other caches about keeping it.

use std::time::{Duration, SystemTime};

use http::header::{CACHE_CONTROL, DATE, EXPIRES};
use http::{HeaderMap, HeaderValue};

use super::cache_control::Directives;
use super::per_request::strip;
use super::told::CacheControl;
use crate::http::audience::{Audience, make_private, remove_words_for_cdns};
use crate::http::members::members;
use crate::http::refusal::Refusal;
use crate::http::room::set;
use crate::http::validators::{date, insert_date};
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
    /// What `#[cache_control]` says.
    pub(crate) told: CacheControl,
    pub(crate) audience: Audience,
    /// Whether it may be invalidated: then browsers must ask again, for nothing of ours reaches them.
    pub(crate) revalidate: bool,
    pub(crate) varied: &'a Varied,
}

impl DownstreamTerms<'_> {
    /// The fields that clients get of an answer with these.
    pub(crate) fn sent(&self, mut headers: HeaderMap) -> HeaderMap {
        strip(&mut headers);
        self.varied.merge(&mut headers);
        self.downstream(&mut headers);
        headers
    }

    /// `Date`, `Cache-Control` and `Expires`. What the handler said of browsers stands, and what it said of other caches too, unless
    /// the page is for one visitor.
    fn downstream(&self, headers: &mut HeaderMap) {
        let dated = headers.get(DATE).and_then(date);
        if dated.is_none() {
            insert_date(headers, DATE, self.now);
        }
        let speaks = match self.audience {
            Audience::Anybody => headers.contains_key(CACHE_CONTROL),
            Audience::OneVisitor => Directives::of(headers).for_browsers,
            Audience::Admitted => false,
        };
        if !speaks {
            headers.remove(CACHE_CONTROL);
        }
        self.told.allow(headers, self.now);
        if self.audience != Audience::Anybody {
            make_private(headers);
        }
        if speaks || (self.told.says("no-cache") && self.told.max_age.is_none()) {
            return;
        }
        let life = self.life_in_browsers();
        if self.told.max_age.is_none() {
            self.add_life(headers, life.as_secs());
        }
        let expires = dated.unwrap_or(self.now).checked_add(life);
        insert_date(headers, EXPIRES, expires.unwrap_or(self.now));
    }

    /// Adds the page's own `max-age` to what is said already.
    fn add_life(&self, headers: &mut HeaderMap, seconds: u64) {
        let said = headers.get(CACHE_CONTROL).map(HeaderValue::as_bytes);
        let mut value = said.map_or_else(Vec::new, |said| [said, b", "].concat());
        value.extend_from_slice(format!("max-age={seconds}").as_bytes());
        // Who must ask again cannot serve what is stale meanwhile.
        if seconds == 0 && !self.told.serves_stale() && !self.told.says("must-revalidate") {
            value.extend_from_slice(b", must-revalidate");
        }
        if let Ok(value) = HeaderValue::from_bytes(&value) {
            set(headers, CACHE_CONTROL, value);
        }
    }

    /// How long browsers may use the page without asking: as the attribute says, and else never longer than it is kept here.
    fn life_in_browsers(&self) -> Duration {
        if let Some(life) = self.told.max_age {
            return life;
        }
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
    let is_as_it_is =
        members(headers, CACHE_CONTROL).any(|member| member.eq_ignore_ascii_case(b"no-transform"));
    let ended = match (is_private, is_as_it_is) {
        (false, false) => "max-age=0, must-revalidate",
        (false, true) => "max-age=0, must-revalidate, no-transform",
        (true, false) => "private, max-age=0, must-revalidate",
        (true, true) => "private, max-age=0, must-revalidate, no-transform",
    };
    set(headers, CACHE_CONTROL, HeaderValue::from_static(ended));
    headers.remove(EXPIRES);
    remove_words_for_cdns(headers);
}

/// The longest that other caches are told to keep anything.
const A_YEAR: Duration = Duration::from_secs(365 * 86_400);
