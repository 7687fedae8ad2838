//! A page as it is kept, and the answers that are made from it.

use std::any::Any;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::{AGE, CACHE_STATUS, CONTENT_LENGTH, ETAG, LAST_MODIFIED};
use http::{HeaderMap, HeaderValue, StatusCode};

use super::answer::cache_control::age;
use super::answer::cdn_tags;
use super::answer::downstream::DownstreamTerms;
use super::cache_status::CacheStatus;
use super::ready::ReadyAnswer;
use super::room::{add, set};
use super::shown::{FieldForm, ShownFields, of_a_304};
use super::validators::{Conditions, date, tag_of};
use crate::cdn::CdnField;
use crate::name::Name;
use crate::sync::{AtomicU32, Ordering};

pub(crate) mod encoding;

/// A kept answer. Everything that does not change from hit to hit is made once, when it is stored.
#[derive(Debug)]
pub(crate) struct StoredPage {
    status: StatusCode,
    shown: ShownFields,
    body: Bytes,
    tag: Option<HeaderValue>,
    modified: Option<SystemTime>,
    weight: usize,
    /// How old the answer was when it was stored, in seconds: it may come from another cache.
    born_aged: u64,
    /// What caches nearer to the origin said.
    earlier_status: Vec<HeaderValue>,
    /// How often a hit was counted, where its page counts them.
    asks: AtomicU32,
}

impl StoredPage {
    /// `body` must own its memory, so that its weight is what it really holds.
    pub(crate) fn new(
        status: StatusCode,
        mut headers: HeaderMap,
        body: Bytes,
        terms: &DownstreamTerms<'_>,
    ) -> Self {
        let born_aged = age(&headers, terms.now).map_or(0, |age| age.as_secs());
        let earlier_status = headers.get_all(CACHE_STATUS).into_iter();
        let earlier_status = earlier_status
            .map(|value| copied(value, Bytes::copy_from_slice(value.as_bytes())))
            .collect();
        headers = terms.sent(headers);
        if status == StatusCode::OK
            && !headers.contains_key(ETAG)
            && let Some(tag) = tag_of(status, &headers, &body)
        {
            set(&mut headers, ETAG, tag);
        }
        Self::assemble(status, headers, body, born_aged, earlier_status)
    }

    /// What is kept of an answer whose header fields are all there, but for those that each hit has of its own.
    fn assemble(
        status: StatusCode,
        mut headers: HeaderMap,
        body: Bytes,
        born_aged: u64,
        earlier_status: Vec<HeaderValue>,
    ) -> Self {
        set(&mut headers, CONTENT_LENGTH, HeaderValue::from(body.len()));
        set(&mut headers, AGE, HeaderValue::from(born_aged));
        let told = HeaderValue::from_static("cache-core");
        set(&mut headers, CACHE_STATUS, told);
        let headers = in_one_buffer(&headers);
        Self {
            status,
            tag: headers.get(ETAG).cloned(),
            modified: headers.get(LAST_MODIFIED).and_then(date),
            weight: body.len() + weight(&headers),
            shown: ShownFields::new(headers),
            body,
            born_aged,
            earlier_status,
            asks: AtomicU32::new(0),
        }
    }

    /// Its body as text; its status and where it leads if the `other` has the same body.
    #[cfg(feature = "axum")]
    pub(crate) fn text_beside(&self, other: &Self) -> String {
        if self.body == other.body {
            let location = self.location();
            let location = location.as_ref().map(HeaderValue::as_bytes);
            let location = String::from_utf8_lossy(location.unwrap_or_default());
            format!("{} {location}", self.status.as_u16())
        } else {
            String::from_utf8_lossy(&self.body).into_owned()
        }
    }

    /// Where it leads.
    #[cfg(feature = "axum")]
    fn location(&self) -> Option<HeaderValue> {
        let field = |headers: &HeaderMap| headers.get(http::header::LOCATION).cloned();
        self.shown.read(field)
    }

    /// Whether two pages are the same to a client: their tags are.
    pub(crate) fn equals(one: &dyn Any, other: &dyn Any) -> bool {
        let tag = |page: Option<&Self>| page.and_then(|page| page.tag.clone());
        let tag_of_one = tag(one.downcast_ref());
        tag_of_one.is_some() && tag_of_one == tag(other.downcast_ref())
    }

    /// Whether two pages are the same to a client, also where they have no tags, as a 404 has none.
    #[cfg(feature = "axum")]
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        match (&self.tag, &other.tag) {
            (None, None) => {
                self.status == other.status
                    && self.body == other.body
                    && self.location() == other.location()
            }
            (one, other) => one == other,
        }
    }

    /// The same with the date of the page that it replaces, if that is the same to a client: then it has not changed since.
    pub(crate) fn dated_as(mut self, old: &Self) -> Self {
        if !Self::equals(&self, old) {
            return self;
        }
        let date = old
            .shown
            .read(|headers| headers.get(LAST_MODIFIED).cloned());
        let has_own = self
            .shown
            .read(|headers| headers.contains_key(LAST_MODIFIED));
        if let Some(date) = date.filter(|_| has_own) {
            // In memory of its own: that of the old page is not kept for it.
            let date = copied(&date, Bytes::copy_from_slice(date.as_bytes()));
            self.shown.change(|headers| {
                set(headers, LAST_MODIFIED, date);
            });
            self.modified = old.modified;
        }
        self
    }

    /// The same with the tags of these names in these fields.
    pub(crate) fn tagged(mut self, fields: &[CdnField], names: &[Name]) -> Self {
        self.shown.change(|headers| {
            let before = weight(headers);
            cdn_tags::add(headers, fields, names);
            self.weight += weight(headers) - before;
        });
        self
    }

    /// What it costs to keep, in bytes, roughly.
    pub(crate) fn weight(&self) -> usize {
        self.weight
    }

    /// Counts a hit; returns how many there were since the last time that this was not zero. The first ones are told of at once, and
    /// later ones now and then.
    pub(crate) fn ask(&self) -> u32 {
        const SOME: u32 = 16;
        let asks = self.asks.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        match asks {
            1 => 1,
            2..=SOME if asks.is_power_of_two() => asks / 2,
            _ if asks > SOME && asks.is_multiple_of(SOME) => SOME,
            _ => 0,
        }
    }

    /// The answer to a request that has these conditions; `age` is the time since the page was stored, and `None` for who
    /// ran the handler.
    pub(crate) fn answer<F: FieldForm>(
        &self,
        conditions: &Conditions,
        head: bool,
        status: CacheStatus,
        age: Option<Duration>,
    ) -> ReadyAnswer<F> {
        let known =
            self.status == StatusCode::OK && conditions.know(self.tag.as_ref(), self.modified);
        let fields = self.fields(status, age, known);
        if known {
            return ReadyAnswer::not_modified(fields);
        }
        let body = if head {
            Bytes::new()
        } else {
            self.body.clone()
        };
        ReadyAnswer {
            status: self.status,
            fields,
            body,
        }
    }

    /// The fields of an answer, or of the 304 in its place.
    fn fields<F: FieldForm>(&self, status: CacheStatus, age: Option<Duration>, known: bool) -> F {
        if let (CacheStatus::Hit(left), Some(age)) = (status, age) {
            return self.shown.of_hit(age, left, known, |headers, age, left| {
                self.tell(CacheStatus::Hit(left), Some(age), headers);
            });
        }
        let mut headers = self.shown.read(HeaderMap::clone);
        self.tell(status, age, &mut headers);
        F::of(if known { of_a_304(&headers) } else { headers })
    }

    /// Sets the fields that are not the same for every answer.
    fn tell(&self, status: CacheStatus, age: Option<Duration>, headers: &mut HeaderMap) {
        match age.map(|age| self.born_aged.saturating_add(age.as_secs())) {
            Some(age) => set(headers, AGE, HeaderValue::from(age)),
            None if self.born_aged == 0 => drop(headers.remove(AGE)),
            None => set(headers, AGE, HeaderValue::from(self.born_aged)),
        }
        let Some((first, others)) = self.earlier_status.split_first() else {
            set(headers, CACHE_STATUS, status.value());
            return;
        };
        set(headers, CACHE_STATUS, first.clone());
        for other in others {
            add(headers, CACHE_STATUS, other.clone());
        }
        status.tell(headers);
    }
}

/// What the header fields cost to keep, in bytes, roughly.
pub(crate) fn weight(headers: &HeaderMap) -> usize {
    const FIELD: usize = 100;
    headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + FIELD)
        .sum()
}

/// The header fields in memory of their own: a value may be a slice of the buffer in which an upstream's answer was read. All values
/// lie in one buffer, because a hit counts itself as a reader of each.
pub(crate) fn in_one_buffer(headers: &HeaderMap) -> HeaderMap {
    let length = headers.values().map(HeaderValue::len).sum();
    let mut rest = joined(length, headers.values().map(HeaderValue::as_bytes));
    let mut copies = headers.clone();
    for value in copies.values_mut() {
        *value = copied(value, rest.split_to(value.len()));
    }
    copies
}

/// Values of this length in all, one after another.
pub(crate) fn joined<'v>(length: usize, values: impl Iterator<Item = &'v [u8]>) -> Bytes {
    // Room for one more: `Bytes` then is shared from the start, and a clone need not ask whether it is the first.
    let mut buffer = Vec::with_capacity(length + 1);
    values.for_each(|value| buffer.extend_from_slice(value));
    buffer.into()
}

/// A value whose bytes lie in `bytes`.
fn copied(value: &HeaderValue, bytes: Bytes) -> HeaderValue {
    let mut copy = HeaderValue::from_maybe_shared(bytes).unwrap_or_else(|_| value.clone());
    copy.set_sensitive(value.is_sensitive());
    copy
}

#[cfg(test)]
mod tests;
