//! What `#[cache_control]` has an answer tell browsers and other caches (RFC 9111, section 5.2.2, and RFC 9213).

use std::time::{Duration, SystemTime};

use http::header::CACHE_CONTROL;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::cache_control::expires_in;
use super::per_request::of_one_visitor;
use crate::http::audience::{is_of_sharing, is_shared, make_private, remove_words_for_cdns};
use crate::http::members::quoted_members;
use crate::http::room::set;
use crate::http::semantics::directives::seconds;
use crate::http::vary::{ResponseVary, asked};

/// The directives of the attribute.
#[derive(Clone, Copy, Debug)]
pub struct CacheControl {
    /// Those without a value, as they are sent.
    pub words: &'static [&'static str],
    /// How long any cache may use the answer.
    pub max_age: Option<Duration>,
    /// How long a shared cache may, instead.
    pub s_maxage: Option<Duration>,
    /// How long past its life it may serve while it is asked for anew.
    pub stale_while_revalidate: Option<Duration>,
    /// How long past its life it may serve if that fails.
    pub stale_if_error: Option<Duration>,
    /// How long CDNs may use it, and no other cache.
    pub cdn: Option<Duration>,
}

const FOR_CDNS: HeaderName = HeaderName::from_static("cdn-cache-control");

/// The words that let a cache do more than it could without them.
const LOOSENING: [&str; 3] = ["public", "immutable", "must-understand"];

impl CacheControl {
    /// Without any directive.
    pub const NONE: Self = Self {
        words: &[],
        max_age: None,
        s_maxage: None,
        stale_while_revalidate: None,
        stale_if_error: None,
        cdn: None,
    };

    /// What this gives.
    pub fn of(told: impl FnOnce() -> Self) -> Self {
        told()
    }

    pub(crate) fn says(&self, word: &str) -> bool {
        self.words.contains(&word)
    }

    /// Whether it lets a stale answer serve.
    pub(crate) fn serves_stale(&self) -> bool {
        self.stale_while_revalidate.is_some() || self.stale_if_error.is_some()
    }

    /// Adds to an answer what forbids, and nothing that allows.
    pub(crate) fn restrict(&self, headers: &mut HeaderMap) {
        if self.restricting().next().is_some() {
            let mut own = OwnDirectives::of(headers);
            own.add(self.restricting());
            self.write(&own, headers);
        }
    }

    fn restricting(&self) -> impl Iterator<Item = &'static &'static str> {
        let words = self.words.iter();
        words.filter(|word| !LOOSENING.contains(word))
    }

    /// Adds all of it to an answer that other caches may keep. What the answer says itself stands where it is stricter.
    pub(crate) fn allow(&self, headers: &mut HeaderMap, now: SystemTime) {
        if self.is_empty() {
            return;
        }
        let mut own = OwnDirectives::of(headers);
        if own.says("no-store") {
            own.add(self.restricting());
            return self.write(&own, headers);
        }
        let is_private = own.says("private") || self.says("private");
        let is_asked_again = own.says("no-cache") || own.says("must-revalidate");
        let words = self.words.iter().filter(|word| match **word {
            "public" => !is_private,
            "immutable" => !is_asked_again,
            _ => true,
        });
        own.add(words);
        let expires = expires_in(headers, now);
        let shared = own.s_maxage.or(own.max_age).or(expires);
        own.max_age = tightened(self.max_age, own.max_age, expires);
        if !is_private {
            own.s_maxage = tightened(self.s_maxage, own.s_maxage, shared);
        }
        if !is_asked_again {
            own.while_revalidate = least(self.stale_while_revalidate, own.while_revalidate);
            own.if_error = least(self.stale_if_error, own.if_error);
        }
        if let Some(cdn) = tightened(self.cdn, None, shared)
            && !(is_private || is_asked_again || headers.contains_key(FOR_CDNS))
            && let Ok(value) = HeaderValue::try_from(format!("max-age={cdn}"))
        {
            set(headers, FOR_CDNS, value);
        }
        self.write(&own, headers);
    }

    /// [`allow`](Self::allow) for an answer of a handler that is not cached here: it is for one visitor if it sets a cookie, or differs by
    /// what may tell visitors apart.
    pub(crate) fn allow_unkept(&self, headers: &mut HeaderMap, now: SystemTime) {
        self.allow(headers, now);
        let loosens = self.max_age.is_some() || self.s_maxage.is_some() || self.cdn.is_some();
        if (loosens || self.says("public")) && is_for_one_visitor(headers) {
            make_private(headers);
        }
    }

    fn is_empty(&self) -> bool {
        let times = [self.max_age, self.s_maxage, self.cdn];
        self.words.is_empty() && !self.serves_stale() && times.iter().all(Option::is_none)
    }

    fn write(&self, own: &OwnDirectives, headers: &mut HeaderMap) {
        let is_private = self.says("private");
        if is_private || self.says("no-store") {
            remove_words_for_cdns(headers);
        }
        let value = own.value(is_private);
        if value.is_empty() {
            return;
        }
        let value = HeaderValue::from_bytes(&value);
        let value = value.unwrap_or(HeaderValue::from_static("private, no-store"));
        set(headers, CACHE_CONTROL, value);
    }
}

/// Whether an answer sets a cookie, or its `Vary` names what may tell visitors apart.
fn is_for_one_visitor(headers: &HeaderMap) -> bool {
    of_one_visitor(headers).is_some()
        || match asked(headers) {
            ResponseVary::Headers(names) => names.iter().any(|name| {
                HeaderName::from_bytes(name.as_bytes()).is_ok_and(|name| !is_shared(&name))
            }),
            ResponseVary::Anything | ResponseVary::Unreadable => true,
        }
}

/// A time of the attribute, and the answer's own: that of the same directive, or else what it says of its life elsewhere.
fn tightened(wanted: Option<Duration>, own: Option<u64>, elsewhere: Option<u64>) -> Option<u64> {
    match wanted {
        Some(wanted) => least(Some(wanted), own.or(elsewhere)),
        None => own,
    }
}

/// The shorter of a time of the attribute and one of the answer, in seconds.
fn least(wanted: Option<Duration>, own: Option<u64>) -> Option<u64> {
    let wanted = wanted.map(|wanted| wanted.as_secs());
    wanted.into_iter().chain(own).min()
}

/// What an answer says itself: its times, and its other directives as they stand.
#[derive(Default)]
struct OwnDirectives {
    others: Vec<Vec<u8>>,
    max_age: Option<u64>,
    s_maxage: Option<u64>,
    while_revalidate: Option<u64>,
    if_error: Option<u64>,
}

impl OwnDirectives {
    fn of(headers: &HeaderMap) -> Self {
        let mut own = Self::default();
        for line in headers.get_all(CACHE_CONTROL) {
            match quoted_members(line.as_bytes()) {
                Some(members) => members.into_iter().for_each(|member| own.read(member)),
                // It may hide a refusal.
                None => own.others.push(b"no-store".to_vec()),
            }
        }
        own
    }

    /// Reads a directive; the least of a time that is given twice, and none at all of what is no number.
    fn read(&mut self, member: &[u8]) {
        let name = name(member).to_ascii_lowercase();
        let time = match name.as_slice() {
            b"max-age" => &mut self.max_age,
            b"s-maxage" => &mut self.s_maxage,
            b"stale-while-revalidate" => &mut self.while_revalidate,
            b"stale-if-error" => &mut self.if_error,
            _ => return self.others.push(member.to_vec()),
        };
        let argument = member.iter().position(|byte| *byte == b'=');
        let argument = argument.map_or(&b""[..], |at| member[at + 1..].trim_ascii());
        let given = seconds(argument).unwrap_or(0);
        *time = Some(time.map_or(given, |time| time.min(given)));
    }

    fn says(&self, word: &str) -> bool {
        let is = |member: &Vec<u8>| name(member).eq_ignore_ascii_case(word.as_bytes());
        self.others.iter().any(is)
    }

    /// Adds words that are not there yet. `private="X-Own"` says less than `private`.
    fn add(&mut self, words: impl Iterator<Item = &'static &'static str>) {
        for word in words {
            let is = |member: &Vec<u8>| member.eq_ignore_ascii_case(word.as_bytes());
            if !self.others.iter().any(is) {
                self.others.push(word.as_bytes().to_vec());
            }
        }
    }

    fn value(&self, is_private: bool) -> Vec<u8> {
        let others = self.others.iter();
        let others = others.filter(|member| {
            let is_private_too = name(member).eq_ignore_ascii_case(b"private");
            !is_private || is_private_too || !is_of_sharing(member)
        });
        let times = [
            ("max-age", self.max_age),
            ("s-maxage", self.s_maxage.filter(|_| !is_private)),
            ("stale-while-revalidate", self.while_revalidate),
            ("stale-if-error", self.if_error),
        ];
        let times = times.into_iter().filter_map(|(name, time)| {
            let time = time?;
            Some(format!("{name}={time}").into_bytes())
        });
        let all: Vec<_> = others.cloned().chain(times).collect();
        all.join(&b", "[..])
    }
}

/// The name of a directive.
fn name(member: &[u8]) -> &[u8] {
    let name = member.split(|byte| *byte == b'=').next();
    name.unwrap_or_default().trim_ascii()
}

#[cfg(test)]
#[path = "told/tests.rs"]
mod tests;
