//! A page as it is kept, and the answers that are made from it.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::{AGE, CACHE_STATUS, CONTENT_LENGTH, ETAG, LAST_MODIFIED};
use http::{HeaderMap, HeaderValue, Response, StatusCode};

use super::answer::cache_control::age;
use super::answer::downstream::DownstreamTerms;
use super::answer::per_request::strip;
use super::cache_status::CacheStatus;
use super::validators::{Conditions, date, is_in_a_304, tag_of};
use crate::sync::RwLock;

pub(crate) mod encoding;

/// A kept answer. Everything that does not change from hit to hit is made once, when it is stored.
#[derive(Debug)]
pub(crate) struct StoredPage {
    status: StatusCode,
    shown: RwLock<Shown>,
    body: Bytes,
    tag: Option<HeaderValue>,
    modified: Option<SystemTime>,
    weight: usize,
    /// How old the answer was when it was stored, in seconds: it may come from another cache.
    born_aged: u64,
    /// What caches nearer to the origin said.
    earlier_status: Vec<HeaderValue>,
}

/// The header fields of a hit as they are in this second: hits in between copy them as they stand.
#[derive(Debug)]
struct Shown {
    headers: HeaderMap,
    age: Duration,
    left: Duration,
}

impl StoredPage {
    pub(crate) fn new(
        status: StatusCode,
        mut headers: HeaderMap,
        body: &[u8],
        terms: &DownstreamTerms<'_>,
    ) -> Self {
        strip(&mut headers);
        // What is kept must be what is weighed: a body may be a slice of a buffer that is far larger.
        let body = Bytes::copy_from_slice(body);
        let born_aged = age(&headers, terms.now).map_or(0, |age| age.as_secs());
        let earlier_status = headers.get_all(CACHE_STATUS).into_iter();
        let earlier_status = earlier_status
            .map(|value| copied(value, Bytes::copy_from_slice(value.as_bytes())))
            .collect();
        terms.varied.merge(&mut headers);
        terms.downstream(&mut headers);
        if status == StatusCode::OK
            && !headers.contains_key(ETAG)
            && let Some(tag) = tag_of(status, &headers, &body)
        {
            headers.insert(ETAG, tag);
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
        headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
        headers.insert(AGE, HeaderValue::from(born_aged));
        headers.insert(CACHE_STATUS, HeaderValue::from_static("cache-core"));
        let headers = in_one_buffer(&headers);
        Self {
            status,
            tag: headers.get(ETAG).cloned(),
            modified: headers.get(LAST_MODIFIED).and_then(date),
            weight: body.len() + weight(&headers),
            shown: RwLock::new(Shown {
                headers,
                age: Duration::MAX,
                left: Duration::MAX,
            }),
            body,
            born_aged,
            earlier_status,
        }
    }

    /// What it costs to keep, in bytes, roughly.
    pub(crate) fn weight(&self) -> usize {
        self.weight
    }

    /// The answer to a request that has these conditions; `age` is the time since the page was stored, and `None` for who
    /// ran the handler.
    pub(crate) fn answer(
        &self,
        conditions: &Conditions,
        head: bool,
        status: CacheStatus,
        age: Option<Duration>,
    ) -> Response<Bytes> {
        let known =
            self.status == StatusCode::OK && conditions.know(self.tag.as_ref(), self.modified);
        let headers = self.headers(status, age);
        let mut answer = Response::new(Bytes::new());
        if known {
            *answer.status_mut() = StatusCode::NOT_MODIFIED;
            *answer.headers_mut() = of_a_304(&headers);
            return answer;
        }
        if !head {
            *answer.body_mut() = self.body.clone();
        }
        *answer.status_mut() = self.status;
        *answer.headers_mut() = headers;
        answer
    }

    fn headers(&self, status: CacheStatus, age: Option<Duration>) -> HeaderMap {
        let (CacheStatus::Hit(left), Some(age)) = (status, age) else {
            let mut headers = self.shown.read().headers.clone();
            self.tell(status, age, &mut headers);
            return headers;
        };
        let (age, left) = (whole_seconds(age), whole_seconds(left));
        {
            let shown = self.shown.read();
            if (shown.age, shown.left) == (age, left) {
                return shown.headers.clone();
            }
        }
        let mut shown = self.shown.write();
        self.tell(CacheStatus::Hit(left), Some(age), &mut shown.headers);
        (shown.age, shown.left) = (age, left);
        shown.headers.clone()
    }

    /// Sets the fields that are not the same for every answer.
    fn tell(&self, status: CacheStatus, age: Option<Duration>, headers: &mut HeaderMap) {
        match age.map(|age| self.born_aged.saturating_add(age.as_secs())) {
            Some(age) => headers.insert(AGE, HeaderValue::from(age)),
            None if self.born_aged == 0 => headers.remove(AGE),
            None => headers.insert(AGE, HeaderValue::from(self.born_aged)),
        };
        let Some((first, others)) = self.earlier_status.split_first() else {
            headers.insert(CACHE_STATUS, status.value());
            return;
        };
        headers.insert(CACHE_STATUS, first.clone());
        for other in others {
            headers.append(CACHE_STATUS, other.clone());
        }
        status.tell(headers);
    }
}

fn whole_seconds(time: Duration) -> Duration {
    Duration::from_secs(time.as_secs())
}

fn of_a_304(headers: &HeaderMap) -> HeaderMap {
    // The length of the page: without it the framework would announce that of the 304, which is none (RFC 9110, section 8.6).
    let repeated = headers
        .iter()
        .filter(|(name, _)| is_in_a_304(name) || *name == CONTENT_LENGTH);
    repeated
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// What the header fields cost to keep, in bytes, roughly.
fn weight(headers: &HeaderMap) -> usize {
    const FIELD: usize = 100;
    headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + FIELD)
        .sum()
}

/// The header fields in memory of their own: a value may be a slice of the buffer in which an upstream's answer was read. All values
/// lie in one buffer, because a hit counts itself as a reader of each.
fn in_one_buffer(headers: &HeaderMap) -> HeaderMap {
    let length: usize = headers.values().map(HeaderValue::len).sum();
    // Room for one more: `Bytes` then is shared from the start, and a clone need not ask whether it is the first.
    let mut buffer = Vec::with_capacity(length + 1);
    for value in headers.values() {
        buffer.extend_from_slice(value.as_bytes());
    }
    let mut rest = Bytes::from(buffer);
    let mut copies = HeaderMap::with_capacity(headers.keys_len());
    for (name, value) in headers {
        copies.append(name, copied(value, rest.split_to(value.len())));
    }
    copies
}

/// A value whose bytes lie in `bytes`.
fn copied(value: &HeaderValue, bytes: Bytes) -> HeaderValue {
    let mut copy = HeaderValue::from_maybe_shared(bytes).unwrap_or_else(|_| value.clone());
    copy.set_sensitive(value.is_sensitive());
    copy
}

#[cfg(test)]
mod tests;
