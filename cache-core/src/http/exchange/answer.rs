//! Answers that are made of stored responses.

use std::time::Duration;

use bytes::Bytes;
use http::header::{AGE, CACHE_STATUS, CONTENT_LENGTH, CONTENT_RANGE, DATE};
use http::{HeaderMap, HeaderValue, Response, StatusCode};

use super::kept::StoredResponse;
use crate::http::cache_status::CacheStatus;
use crate::http::request::RequestHeaders;
use crate::http::semantics::range::{Part, if_range_holds, part_of};
use crate::http::shown::{ShownFields, of_a_304};
use crate::http::validators::{Conditions, date};

impl StoredResponse {
    /// The answer to a request with these fields; `age` is that of the response.
    pub(crate) fn answer(
        &self,
        request: &RequestHeaders<'_>,
        is_head: bool,
        age: Duration,
        status: CacheStatus,
    ) -> Response<Bytes> {
        let is_known = self.status == StatusCode::OK
            && request.is_conditional
            && self.is_known(&request.conditions());
        let headers = self.fields(age, status, is_known);
        if is_known {
            let mut answer = Response::new(Bytes::new());
            *answer.status_mut() = StatusCode::NOT_MODIFIED;
            *answer.headers_mut() = headers;
            return answer;
        }
        if self.status == StatusCode::OK && request.wants_part && !is_head {
            match self.part(request.all) {
                Part::Whole => {}
                Part::Bytes { from, to } => return self.partial(headers, from, to),
                Part::Unsatisfiable => return self.unsatisfiable(headers),
            }
        }
        let body = if is_head {
            Bytes::new()
        } else {
            self.body.clone()
        };
        let mut answer = Response::new(body);
        *answer.status_mut() = self.status;
        *answer.headers_mut() = headers;
        answer
    }

    /// The fields of an answer, or of the 304 in its place.
    fn fields(&self, age: Duration, status: CacheStatus, is_known: bool) -> HeaderMap {
        if let CacheStatus::Hit(left) = status {
            let shown = || Box::new(ShownFields::new(self.headers.clone()));
            let shown = self.shown.get_or_init(shown);
            return shown.of_hit(age, left, is_known, |headers, age, left| {
                self.tell(headers, age, CacheStatus::Hit(left));
            });
        }
        let mut headers = self.headers.clone();
        if age.is_zero() && matches!(status, CacheStatus::Stored(..)) {
            status.tell(&mut headers);
        } else {
            self.tell(&mut headers, age, status);
        }
        if is_known {
            of_a_304(&headers)
        } else {
            headers
        }
    }

    /// Sets the fields that are not the same for every answer.
    fn tell(&self, headers: &mut HeaderMap, age: Duration, status: CacheStatus) {
        headers.insert(AGE, HeaderValue::from(age.as_secs()));
        headers.remove(CACHE_STATUS);
        for earlier in self.headers.get_all(CACHE_STATUS) {
            headers.append(CACHE_STATUS, earlier.clone());
        }
        status.tell(headers);
    }

    /// Whether the client has it already. Without `Last-Modified`, `Date` says since when it is so (RFC 9111, section 4.3.2).
    fn is_known(&self, conditions: &Conditions) -> bool {
        let since = self.modified().or(self.headers.get(DATE));
        conditions.know_since(self.tag(), since.and_then(date))
    }

    fn part(&self, request: &HeaderMap) -> Part {
        match part_of(request, self.body.len() as u64) {
            Part::Whole => Part::Whole,
            part => {
                let dated = self.headers.get(DATE);
                if if_range_holds(request, self.tag(), self.modified(), dated) {
                    part
                } else {
                    Part::Whole
                }
            }
        }
    }

    fn partial(&self, mut headers: HeaderMap, from: u64, to: u64) -> Response<Bytes> {
        let length = self.body.len();
        let index = |at: u64| usize::try_from(at).unwrap_or(length).min(length);
        let body = self.body.slice(index(from)..index(to));
        let range = format!("bytes {from}-{}/{length}", to.saturating_sub(1));
        headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
        if let Ok(range) = HeaderValue::try_from(range) {
            headers.insert(CONTENT_RANGE, range);
        }
        let mut answer = Response::new(body);
        *answer.status_mut() = StatusCode::PARTIAL_CONTENT;
        *answer.headers_mut() = headers;
        answer
    }

    fn unsatisfiable(&self, mut headers: HeaderMap) -> Response<Bytes> {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(0));
        if let Ok(range) = HeaderValue::try_from(format!("bytes */{}", self.body.len())) {
            headers.insert(CONTENT_RANGE, range);
        }
        let mut answer = Response::new(Bytes::new());
        *answer.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
        *answer.headers_mut() = headers;
        answer
    }
}
