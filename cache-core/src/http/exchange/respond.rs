//! What becomes of the responses of an origin.

use http::header::DATE;
use http::{HeaderMap, Request, Response, StatusCode};

use super::asking::Fetch;
use super::keep::ResponseLeader;
use super::kept::{Kept, StoredResponse};
use super::key::ResponseKey;
use super::origin::{Answered, OriginService};
use super::validation::{can_be_validated, tag_of, to_origin};
use crate::clock::{self, Moment};
use crate::context;
use crate::http::body::{AnswerBody, SourceBody};
use crate::http::cache_status::CacheStatus;
use crate::http::semantics::fields::{is_about, update};
use crate::http::semantics::groups::CACHE_GROUPS;
use crate::http::semantics::lifetime::initial_age;
use crate::http::semantics::storing::{Unstorable, terms_of};
use crate::http::validators::insert_date;
use crate::load::Replaced;
use crate::name::Name;

impl Fetch {
    /// Asks the origin, and ends the load with its response.
    pub(super) async fn run<B: Default, O: OriginService<B>>(
        self,
        mut request: Request<B>,
        mut leader: ResponseLeader,
        mut origin: O,
    ) -> Answered<B, O> {
        if leader.is_alone() {
            return self
                .run_alone(request, leader, Unstorable::Alone, origin)
                .await;
        }
        let old = leader.replaced::<Kept>();
        let old = old.filter(|old| old.validator(can_be_validated));
        let again = to_origin(&mut request, old.as_ref());
        let sent = clock::now();
        let mut response = match leader.load(origin.send(request)).await {
            Ok(response) => response,
            Err(error) => return self.failed(leader).ok_or(error),
        };
        if response.status() == StatusCode::NOT_MODIFIED
            && let Some(old) = old
        {
            let tag = old.validator(tag_of);
            if is_about(response.headers(), tag.as_ref()) {
                let (parts, _) = response.into_parts();
                return Ok(self.confirmed(leader, old, parts.headers, sent).await);
            }
            // It is about something that is not stored here: the whole of that is asked for.
            response = match leader.load(origin.send(again)).await {
                Ok(response) => response,
                Err(error) => return self.failed(leader).ok_or(error),
            };
        }
        Ok(self.end(leader, response, sent).await)
    }

    /// Ends a load whose origin has confirmed what is stored.
    pub(super) async fn confirmed<R: SourceBody>(
        self,
        leader: ResponseLeader,
        old: Replaced<Kept>,
        mut unchanged: HeaderMap,
        sent: Moment,
    ) -> Response<AnswerBody<R>> {
        // Before the entry that was there gives way.
        let miss = self.miss();
        let now = clock::wall();
        let age = initial_age(&unchanged, clock::now().since(sent), now);
        let Kept::Response(mut response) = old.not_modified() else {
            unreachable!("it can be validated");
        };
        // Without a date of its own it would be as old as what it confirms.
        if !unchanged.contains_key(DATE) {
            insert_date(&mut unchanged, DATE, now);
        }
        update(&mut response.headers, unchanged);
        leader.tell(&self.groups_of(&response.headers));
        let (status, headers) = (response.status, &response.headers);
        let policy = &self.cache.policy;
        let stored = match terms_of(&self.client.headers, status, headers, policy, now) {
            Ok(terms) => {
                let (headers, body) = (response.headers.clone(), response.body.clone());
                StoredResponse::new(status, headers, body, terms, age, now)
            }
            Err(reason) => {
                let told = CacheStatus::NotStored(miss, reason);
                self.end_unstored(leader, reason, status).await;
                let answer = response.answer(&self.client.view(), false, age, told);
                return answer.map(AnswerBody::Whole);
            }
        };
        let answer = stored.clone();
        let Self {
            client,
            selected,
            cache,
            ..
        } = &self;
        let kept = cache.keep(leader, selected, &client.headers, stored).await;
        let status = match kept {
            Ok(()) => CacheStatus::Confirmed(miss),
            Err(reason) => CacheStatus::NotStored(miss, reason),
        };
        let answer = answer.answer(&client.view(), false, age, status);
        answer.map(AnswerBody::Whole)
    }

    /// Ends a load with the response of its origin.
    pub(super) async fn end<R: SourceBody>(
        self,
        leader: ResponseLeader,
        response: Response<R>,
        sent: Moment,
    ) -> Response<AnswerBody<R>> {
        leader.tell(&self.groups_of(response.headers()));
        if is_failure(response.status())
            && let Some(answer) = self.in_place(&leader)
        {
            leader.fail(None);
            return answer;
        }
        let (now, delay) = (clock::wall(), clock::now().since(sent));
        let Self { cache, client, .. } = &self;
        let (status, headers) = (response.status(), response.headers());
        let terms = terms_of(&client.headers, status, headers, &cache.policy, now);
        let terms = match terms {
            Ok(_) if !self.is_wanted_often(&leader) => Err(Unstorable::MinUses),
            terms => terms,
        };
        match terms {
            Ok(terms) => {
                let age = initial_age(headers, delay, now);
                self.store(leader, response, terms, age).await
            }
            Err(reason) => {
                self.refuse(leader, response.map(AnswerBody::Through), reason)
                    .await
            }
        }
    }

    /// Ends a load whose origin cannot be reached; returns what serves in its place.
    pub(super) fn failed<R: SourceBody>(
        &self,
        mut leader: ResponseLeader,
    ) -> Option<Response<AnswerBody<R>>> {
        self.cache.site().counters.error();
        leader.note_failure();
        let answer = self.in_place(&leader);
        if answer.is_none() {
            // What may not serve is not paused either: the next request asks the origin.
            leader.spare_stale();
        }
        leader.fail(None);
        answer
    }

    /// The names of the groups of a response, where a load that encloses this one is told of them.
    pub(super) fn groups_of(&self, response: &HeaderMap) -> Vec<Name> {
        if !context::is_loading() {
            return Vec::new();
        }
        let host = self.selected.primary.host();
        self.cache.names_of_groups(host, response, &CACHE_GROUPS)
    }

    /// Whether the resource was asked for as often as the policy wants, or is stored already.
    pub(super) fn is_wanted_often(&self, leader: &ResponseLeader) -> bool {
        let least = self.cache.policy.min_uses;
        if least <= 1 || leader.stale().is_some() {
            return true;
        }
        let hash = self.cache.near().hash(&ResponseKey(self.selected.key()));
        self.cache.uses.count(hash) >= least
    }
}

/// Failures in the place of which a stale response may serve (RFC 5861, section 4).
fn is_failure(status: StatusCode) -> bool {
    matches!(status.as_u16(), 500 | 502..=504)
}
