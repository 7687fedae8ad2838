//! A page that is rendered: the handler runs, and it is decided what becomes of its answer.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use http::{Response, StatusCode};
use http_body::Body;

use super::answer::HandlerAnswer;
use super::answer::downstream::end_life;
use super::answer::per_request::PerRequest;
use super::audience::{Audience, keep_from_all, keep_from_others, make_private};
use super::body::reading::Reader;
use super::body::{AnswerBody, SourceBody};
use super::cache_status::CacheStatus;
use super::refusal::Refusal;
use super::stored::StoredPage;
use super::verdict::{JudgeTerms, PageVerdict};
use super::visit::Visit;
use crate::entry::AnyEntry;
use crate::load::{Leader, LoadRequest, Opened};

/// The load of a page.
pub(super) type PageLeader = Box<Leader<'static>>;

/// What a load gives its client.
pub(super) type Rendered<B, E> = Result<Response<AnswerBody<B>>, Unrendered<E>>;

/// What a load gives its client in the place of an answer of the handler.
pub(super) enum Unrendered<E> {
    /// A stale page serves.
    Stale(Arc<dyn AnyEntry>),
    /// The handler has no answer, and nothing serves.
    Failed(E),
}

impl Visit<'static> {
    /// Waits for another's answer, or runs the handler and keeps its answer; for `ttl`, where the page does not say how long.
    ///
    /// # Errors
    ///
    /// If the handler has no answer, and nothing serves in its place.
    pub(crate) async fn miss<B, E, F>(
        self,
        request: Box<LoadRequest<'static>>,
        ttl: Duration,
        run: impl FnOnce() -> F,
    ) -> Result<Response<AnswerBody<B>>, E>
    where
        B: SourceBody,
        F: Future<Output = Result<HandlerAnswer<B>, E>>,
    {
        let leader = match request.open().await {
            Opened::Ready(entry, how) | Opened::Behind(entry, how, _) => {
                return Ok(self.served(&*entry, how).map(AnswerBody::Whole));
            }
            Opened::Run(leader) | Opened::Failed(_, leader) | Opened::TimedOut(leader) => leader,
        };
        let rendered = self.render(leader, Reader::Client, ttl, run).await;
        self.given(rendered)
    }

    /// Runs the handler and keeps its answer.
    pub(super) async fn render<B, E, F>(
        &self,
        mut leader: PageLeader,
        reader: Reader,
        ttl: Duration,
        run: impl FnOnce() -> F,
    ) -> Rendered<B, E>
    where
        B: SourceBody,
        F: Future<Output = Result<HandlerAnswer<B>, E>>,
    {
        let staleness = *leader.rules();
        let terms = JudgeTerms {
            audience: self.audience,
            ttl,
            staleness: &staleness,
            is_alone: leader.is_alone(),
            reader: reader.here(),
        };
        let judged = async { Ok(self.rules.judge(run().await?, terms).await) };
        let verdict = leader.load(judged).await;
        // It may be a part of what a layer around it keeps.
        leader.tell(&[]);
        match verdict {
            Ok(verdict) => Box::pin(self.end(leader, verdict)).await,
            Err(error) => {
                let status = StatusCode::INTERNAL_SERVER_ERROR;
                let stale = self.page.end_without(leader, status, Refusal::Failed).await;
                Err(stale.map_or(Unrendered::Failed(error), Unrendered::Stale))
            }
        }
    }

    /// What the client gets who waited for a load.
    ///
    /// # Errors
    ///
    /// That of the handler.
    pub(super) fn given<B: Body, E>(
        &self,
        rendered: Rendered<B, E>,
    ) -> Result<Response<AnswerBody<B>>, E> {
        match rendered {
            Ok(answer) => Ok(answer),
            Err(Unrendered::Stale(stale)) => Ok(self.in_place(&*stale).map(AnswerBody::Whole)),
            Err(Unrendered::Failed(error)) => Err(error),
        }
    }

    async fn end<B: SourceBody, E>(
        &self,
        leader: PageLeader,
        verdict: PageVerdict<B>,
    ) -> Rendered<B, E> {
        match verdict {
            PageVerdict::Keep(page, ttl, per_request) => {
                Ok(self.keep(leader, page, ttl, *per_request).await)
            }
            PageVerdict::Stream(page) => Ok(self.stream(leader, *page).await),
            PageVerdict::Pass(response, reason) => {
                let (tainted, status) = (leader.is_tainted(), response.status());
                if let Some(stale) = self.page.end_without(leader, status, reason).await {
                    return Err(Unrendered::Stale(stale));
                }
                let mut response = self.refused(response, reason);
                if tainted {
                    keep_from_all(response.headers_mut());
                }
                Ok(response)
            }
        }
    }

    async fn keep<B: Body>(
        &self,
        leader: PageLeader,
        page: StoredPage,
        ttl: Duration,
        per_request: PerRequest,
    ) -> Response<AnswerBody<B>> {
        let reason = leader.missed_for();
        let entry = self
            .page
            .keep(leader, page, ttl, self.key.as_bytes().len())
            .await;
        let (miss, tainted) = (self.rules.miss(), entry.is_tainted());
        let status = if tainted {
            CacheStatus::Refused(miss, Refusal::MadeOfStale)
        } else if self.near.is_live(entry.view()) {
            CacheStatus::Stored(miss, reason)
        } else {
            CacheStatus::Refused(miss, Refusal::Invalidated)
        };
        let mut answer = per_request.give(self.answer(entry.value(), status, None));
        if tainted {
            keep_from_all(answer.headers_mut());
        } else if matches!(status, CacheStatus::Refused(..)) {
            // CDNs were told of the invalidation before they get this.
            end_life(answer.headers_mut());
        }
        answer.map(AnswerBody::Whole)
    }

    fn refused<B>(&self, mut response: Response<B>, reason: Refusal) -> Response<B> {
        let headers = response.headers_mut();
        match reason {
            // An argument that is set aside reads what no key holds.
            Refusal::Rejected => keep_from_others(headers),
            _ if self.audience != Audience::Anybody => make_private(headers),
            _ => {}
        }
        let status = CacheStatus::Refused(self.rules.miss(), reason);
        self.rules.tell(headers, status);
        response
    }
}
