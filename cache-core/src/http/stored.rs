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
use super::terms::{Terms, insert_date};
use super::validators::{Conditions, date, tag_of};

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

#[cfg(test)]
mod tests;
