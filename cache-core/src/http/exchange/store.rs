//! Responses that are stored, at once or while they stream, and those that are not.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_LENGTH};
use http::{Response, StatusCode, response};
use http_body::Body;

use super::asking::Fetch;
use super::keep::ResponseLeader;
use super::kept::{Kept, StoredResponse};
use crate::clock::{self, Moment};
use crate::http::behind::behind;
use crate::http::body::length::length_of;
use crate::http::body::reading::{BodyRead, BodyReading, Reader};
use crate::http::body::stream::{SHARED_FOR, streamed};
use crate::http::body::{AnswerBody, SourceBody};
use crate::http::cache_status::CacheStatus;
use crate::http::keep::HIT_FOR_MISS;
use crate::http::room::set;
use crate::http::semantics::reuse::serves_on_error;
use crate::http::semantics::storing::{StoringTerms, Unstorable};
use crate::load::How;
use crate::stats::MissReason;

/// A response without its body, and on which terms it is stored.
struct Head {
    parts: response::Parts,
    terms: StoringTerms,
    /// How old it was when it came.
    age: Duration,
    came: Moment,
    came_at: SystemTime,
}

impl Head {
    /// The response with its body, for whose coming it has aged.
    fn with(&self, body: Bytes) -> StoredResponse {
        let (status, headers) = (self.parts.status, self.parts.headers.clone());
        let age = self.age.saturating_add(clock::now().since(self.came));
        StoredResponse::new(status, headers, body, self.terms, age, self.came_at)
    }
}

impl Fetch {
    /// Reads a response and stores it.
    pub(super) async fn store<R: SourceBody>(
        self,
        mut leader: ResponseLeader,
        response: Response<R>,
        terms: StoringTerms,
        age: Duration,
    ) -> Response<AnswerBody<R>> {
        let (parts, body) = response.into_parts();
        let length = length_of(parts.status, &parts.headers);
        let length = length.or(body.size_hint().exact());
        let mut reading = BodyReading::new(body, length, self.cache.policy.body_limit);
        let reader = self.reader();
        let head = Head {
            parts,
            terms,
            age,
            came: clock::now(),
            came_at: clock::wall(),
        };
        match leader.load(reading.begin(reader)).await {
            None => self.stream(leader, head, reading).await,
            Some(BodyRead::Whole(body)) => self.store_whole(leader, head, body).await,
            Some(read) => {
                leader.tell(&[]);
                if matches!(read, BodyRead::Broken(_))
                    && let Some(answer) = self.in_place(&leader)
                {
                    leader.fail(None);
                    return answer;
                }
                let reason = reason_of(&read);
                let body = AnswerBody::Replayed(reading.into_replay(read));
                let response = Response::from_parts(head.parts, body);
                self.refuse(leader, response, reason).await
            }
        }
    }

    /// Who reads a body.
    fn reader(&self) -> Reader {
        match self.reader {
            // A part is cut out of the whole.
            Reader::Client if self.client.wants_part() => Reader::OfTheWhole,
            reader => reader.here(),
        }
    }

    /// Stores a response whose body is there.
    async fn store_whole<R: SourceBody>(
        self,
        leader: ResponseLeader,
        head: Head,
        body: Bytes,
    ) -> Response<AnswerBody<R>> {
        leader.tell(&[]);
        // Before the entry that was there gives way.
        let miss = self.miss();
        let stored = head.with(body);
        let (age, answer) = (stored.initial_age, stored.clone());
        let Self {
            cache,
            client,
            selected,
            ..
        } = &self;
        let kept = cache.keep(leader, selected, &client.headers, stored).await;
        let status = match kept {
            Ok(()) => CacheStatus::Stored(miss, MissReason::NeverSeen),
            Err(reason) => CacheStatus::NotStored(miss, reason),
        };
        let mut answer = answer.answer(&client.view(), false, age, status);
        *answer.extensions_mut() = head.parts.extensions;
        answer.map(AnswerBody::Whole)
    }

    /// Answers with a body that comes by and by, and stores it when it has come.
    async fn stream<R: SourceBody>(
        self,
        mut leader: ResponseLeader,
        head: Head,
        mut reading: BodyReading<R>,
    ) -> Response<AnswerBody<R>> {
        let (writer, body) = streamed(&reading);
        let status = CacheStatus::Stored(self.miss(), MissReason::NeverSeen);
        let answer = head.with(Bytes::new());
        let mut answer = answer.answer(&self.client.view(), false, head.age, status);
        *answer.extensions_mut() = head.parts.extensions.clone();
        match reading.length() {
            Some(length) => set(answer.headers_mut(), CONTENT_LENGTH, length.into()),
            None => drop(answer.headers_mut().remove(CONTENT_LENGTH)),
        }
        behind(async move {
            match leader
                .load_shared_for(SHARED_FOR, writer.read(&mut reading))
                .await
            {
                BodyRead::Whole(body) => {
                    writer.end();
                    let Self {
                        cache,
                        client,
                        selected,
                        ..
                    } = &self;
                    let stored = head.with(body);
                    // Nobody is told any more whether it is good.
                    let _ = cache.keep(leader, selected, &client.headers, stored).await;
                }
                read => {
                    let (reason, status) = (reason_of(&read), head.parts.status);
                    writer.hand_over(read, reading);
                    self.end_unstored(leader, reason, status).await;
                }
            }
        })
        .await;
        match answer.status() {
            StatusCode::NOT_MODIFIED => answer.map(AnswerBody::Whole),
            _ => answer.map(|_| AnswerBody::Streamed(body)),
        }
    }

    /// Ends a load whose response is not stored, and passes it on.
    pub(super) async fn refuse<R: SourceBody>(
        &self,
        leader: ResponseLeader,
        mut response: Response<AnswerBody<R>>,
        reason: Unstorable,
    ) -> Response<AnswerBody<R>> {
        let status = response.status();
        self.end_unstored(leader, reason, status).await;
        CacheStatus::NotStored(self.miss(), reason).tell(response.headers_mut());
        response
    }

    /// The stale response that serves in the place of an origin that has failed.
    pub(super) fn in_place<R: SourceBody>(
        &self,
        leader: &ResponseLeader,
    ) -> Option<Response<AnswerBody<R>>> {
        let entry = leader.stale()?;
        let Some(Kept::Response(response)) = entry.value_as() else {
            return None;
        };
        let age = response.age(&entry);
        if !serves_on_error(&response.terms, age) {
            return None;
        }
        How::Hit.tell(self.cache.near(), &entry);
        let status = CacheStatus::InPlace(age.saturating_sub(response.terms.life));
        let answer = response.answer(&self.client.view(), false, age, status);
        self.cache.site().counters.stale();
        Some(answer.map(AnswerBody::Whole))
    }

    /// Ends a load whose response has this status and is not stored for this reason.
    pub(super) async fn end_unstored(
        &self,
        mut leader: ResponseLeader,
        reason: Unstorable,
        status: StatusCode,
    ) {
        let is_shared = self.cache.policy.is_shared();
        let is_of_somebody = is_shared && self.client.headers.contains_key(AUTHORIZATION);
        let a_while = match reason {
            // The next one counts, too.
            Unstorable::MinUses => Duration::ZERO,
            // The next client may have no credentials.
            _ if is_of_somebody => Duration::ZERO,
            _ => HIT_FOR_MISS,
        };
        if is_of_somebody || is_about_the_body(reason) || is_about_the_client(status) {
            // That says nothing of what is stored for others.
            leader.spare_stale();
        }
        leader.note_refusal(reason.detail());
        leader.refuse(a_while).await;
    }
}

/// Whether a reason is about this one body, and not about the resource.
fn is_about_the_body(reason: Unstorable) -> bool {
    matches!(reason, Unstorable::BodyBroken | Unstorable::BodyTooSlow)
}

/// Why a body is not stored.
fn reason_of<R: Body>(read: &BodyRead<R>) -> Unstorable {
    use Unstorable::{BodyBroken, BodyTooLarge, BodyTooSlow};
    read.refused(BodyTooLarge, BodyTooSlow, BodyBroken)
}

/// Whether a status is about who asks, or about a failure, and not about the resource.
fn is_about_the_client(status: StatusCode) -> bool {
    matches!(status.as_u16(), 401 | 403 | 407 | 429) || status.is_server_error()
}
