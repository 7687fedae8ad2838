//! Answers that are made of stored responses.

use std::time::Duration;

use bytes::Bytes;
use http::header::{AGE, CACHE_STATUS, CONTENT_LENGTH, CONTENT_RANGE, DATE};
use http::{HeaderMap, HeaderValue, Response, StatusCode};

use super::kept::StoredResponse;
use crate::http::cache_status::CacheStatus;
use crate::http::ready::ReadyAnswer;
use crate::http::request::RequestHeaders;
use crate::http::room::{add, set};
use crate::http::semantics::range::{Part, if_range_holds, part_of};
use crate::http::shown::{FieldForm, ShownFields, of_a_304};
use crate::http::validators::Conditions;

impl StoredResponse {
    /// [`ready`](Self::ready), as a response.
    pub(crate) fn answer(
        &self,
        request: &RequestHeaders<'_>,
        is_head: bool,
        age: Duration,
        status: CacheStatus,
    ) -> Response<Bytes> {
        let answer: ReadyAnswer = self.ready(request, is_head, age, status);
        answer.response()
    }

    /// The answer to a request with these fields; `age` is that of the response.
    pub(super) fn ready<F: FieldForm>(
        &self,
        request: &RequestHeaders<'_>,
        is_head: bool,
        age: Duration,
        status: CacheStatus,
    ) -> ReadyAnswer<F> {
        let is_known = self.status == StatusCode::OK
            && request.is_conditional
            && self.is_known(&request.conditions());
        if is_known {
            return ReadyAnswer::not_modified(self.fields(age, status, true));
        }
        if self.status == StatusCode::OK && request.wants_part && !is_head {
            let headers = || self.fields(age, status, false);
            match self.part(request.all) {
                Part::Whole => {}
                Part::Bytes { from, to } => return self.partial(headers(), from, to),
                Part::Unsatisfiable => return self.unsatisfiable(headers()),
            }
        }
        let body = if is_head {
            Bytes::new()
        } else {
            self.body.clone()
        };
        ReadyAnswer {
            status: self.status,
            fields: self.fields(age, status, false),
            body,
        }
    }

    /// The fields of an answer, or of the 304 in its place.
    fn fields<F: FieldForm>(&self, age: Duration, status: CacheStatus, is_known: bool) -> F {
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
        F::of(if is_known {
            of_a_304(&headers)
        } else {
            headers
        })
    }

    /// Sets the fields that are not the same for every answer.
    fn tell(&self, headers: &mut HeaderMap, age: Duration, status: CacheStatus) {
        set(headers, AGE, HeaderValue::from(age.as_secs()));
        headers.remove(CACHE_STATUS);
        for earlier in self.headers.get_all(CACHE_STATUS) {
            add(headers, CACHE_STATUS, earlier.clone());
        }
        status.tell(headers);
    }

    /// Whether the client has it already. Without `Last-Modified`, `Date` says since when it is so (RFC 9111, section 4.3.2).
    fn is_known(&self, conditions: &Conditions) -> bool {
        let since = self.modified().or(self.headers.get(DATE));
        conditions.know_since(self.tag(), since)
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

    fn partial<F: FieldForm>(&self, mut headers: HeaderMap, from: u64, to: u64) -> ReadyAnswer<F> {
        let length = self.body.len();
        let index = |at: u64| usize::try_from(at).unwrap_or(length).min(length);
        let body = self.body.slice(index(from)..index(to));
        let range = format!("bytes {from}-{}/{length}", to.saturating_sub(1));
        set(&mut headers, CONTENT_LENGTH, HeaderValue::from(body.len()));
        if let Ok(range) = HeaderValue::try_from(range) {
            set(&mut headers, CONTENT_RANGE, range);
        }
        ReadyAnswer {
            status: StatusCode::PARTIAL_CONTENT,
            fields: F::of(headers),
            body,
        }
    }

    fn unsatisfiable<F: FieldForm>(&self, mut headers: HeaderMap) -> ReadyAnswer<F> {
        set(&mut headers, CONTENT_LENGTH, HeaderValue::from(0));
        if let Ok(range) = HeaderValue::try_from(format!("bytes */{}", self.body.len())) {
            set(&mut headers, CONTENT_RANGE, range);
        }
        ReadyAnswer {
            status: StatusCode::RANGE_NOT_SATISFIABLE,
            fields: F::of(headers),
            body: Bytes::new(),
        }
    }
}
