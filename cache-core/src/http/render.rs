//! A page that is rendered: the handler runs, and it is decided what becomes of its answer.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Response, StatusCode};
use http_body::Body;

use super::answer::HandlerAnswer;
use super::answer::body::PageBody;
use super::answer::downstream::end_life;
use super::audience::{Audience, keep_from_all, keep_from_others, make_private};
use super::cache_status::CacheStatus;
use super::refusal::Refusal;
use super::stored::StoredPage;
use super::verdict::PageVerdict;
use super::visit::Visit;
use crate::clock;
use crate::entry::{AnyEntry, Entry};
use crate::load::{Leader, LoadRequest, Opened};
use crate::policy::Life;

/// How long it is remembered that answers to a request are not kept: its like need not wait for each other meanwhile.
const A_WHILE: Duration = Duration::from_secs(1);

/// What a load gives its client, or the stale page that serves in its place.
pub(super) type Rendered<B> = Result<Response<PageBody<B>>, Arc<dyn AnyEntry>>;

impl Visit<'_> {
    /// Waits for another's answer, or runs the handler and keeps its answer; for `ttl`, where the page does not say how long.
    pub(crate) async fn miss<B, F>(
        self,
        request: LoadRequest<'_, Box<[u8]>>,
        ttl: Duration,
        run: impl FnOnce() -> F,
    ) -> Response<PageBody<B>>
    where
        B: Body<Data = Bytes> + Unpin,
        F: Future<Output = HandlerAnswer<B>>,
    {
        let leader = match request.open().await {
            Opened::Ready(entry, how) | Opened::Behind(entry, how, _) => {
                return self.served(&*entry, how).map(PageBody::Whole);
            }
            Opened::Run(leader) | Opened::Failed(_, leader) | Opened::TimedOut(leader) => leader,
        };
        let rendered = self.render(leader, ttl, run).await;
        self.given(rendered)
    }

    /// Runs the handler and keeps its answer. A stale page that serves in the place of a load that has failed is the error.
    pub(super) async fn render<B, F>(
        &self,
        mut leader: Leader<'_, Box<[u8]>>,
        ttl: Duration,
        run: impl FnOnce() -> F,
    ) -> Rendered<B>
    where
        B: Body<Data = Bytes> + Unpin,
        F: Future<Output = HandlerAnswer<B>>,
    {
        let (alone, staleness) = (leader.is_alone(), *leader.rules());
        let judged = async {
            let answer = run().await;
            self.rules
                .judge(answer, self.audience, ttl, alone, &staleness)
                .await
        };
        let verdict = leader.load(judged).await;
        self.end(leader, verdict).await
    }

    /// What the client gets who waited for a load.
    pub(super) fn given<B: Body>(&self, rendered: Rendered<B>) -> Response<PageBody<B>> {
        rendered.unwrap_or_else(|stale| self.in_place(&*stale).map(PageBody::Whole))
    }

    async fn end<B: Body>(
        &self,
        mut leader: Leader<'_, Box<[u8]>>,
        verdict: PageVerdict<B>,
    ) -> Rendered<B> {
        // It may be a part of what a layer around it keeps.
        leader.tell(&[]);
        match verdict {
            PageVerdict::Keep(page, ttl, per_request) => {
                let life = Life::new(clock::now(), Some(ttl));
                let old = leader.old().cloned();
                let old: Option<&StoredPage> = old.as_ref().and_then(|old| old.value_as());
                let page = match old {
                    Some(old) => page.dated_as(old),
                    None => page,
                };
                leader.compare(&page);
                let entry = self.entry(&mut leader, page, life);
                let (miss, tainted) = (self.rules.miss(), entry.is_tainted());
                leader.keep(entry.clone()).await;
                let status = if tainted {
                    CacheStatus::Refused(miss, Refusal::MadeOfStale)
                } else if self.near.is_live(&entry) {
                    CacheStatus::Stored(miss)
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
                Ok(answer.map(PageBody::Whole))
            }
            PageVerdict::Pass(response, reason) => {
                let tainted = leader.is_tainted();
                if let Some(stale) = self.end_without(leader, response.status(), reason).await {
                    return Err(stale);
                }
                let mut response = self.refused(response, reason);
                if tainted {
                    keep_from_all(response.headers_mut());
                }
                Ok(response)
            }
        }
    }

    /// The entry of a page, which is sent with the tags of all that invalidates it.
    fn entry(
        &self,
        leader: &mut Leader<'_, Box<[u8]>>,
        page: StoredPage,
        life: Life,
    ) -> Arc<Entry<StoredPage>> {
        let meta = leader.meta(life, 0, &[]);
        let page = self.tagged(page, &meta);
        let weight = page.weight() + self.key.as_bytes().len();
        Entry::new(page, meta.weighing(weight))
    }

    /// Ends a load that brought nothing to keep. If it has failed, this is the stale page that serves in its place.
    async fn end_without(
        &self,
        mut leader: Leader<'_, Box<[u8]>>,
        status: StatusCode,
        reason: Refusal,
    ) -> Option<Arc<dyn AnyEntry>> {
        if reason == Refusal::Failed {
            self.counters().error();
        }
        let has_failed = status.is_server_error() || reason == Refusal::BodyBroken;
        let stale = has_failed.then(|| leader.stale()).flatten();
        match reason {
            _ if leader.is_alone() => {}
            _ if stale.is_some() => leader.fail(None),
            // An argument that is set aside may reject one client: that must not keep the page from the others.
            Refusal::Rejected => {
                leader.spare_stale();
                leader.fail(None);
            }
            Refusal::Failed => {
                if !has_failed {
                    leader.end_stale().await;
                }
                leader.fail(None);
            }
            _ => leader.refuse(A_WHILE).await,
        }
        stale
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
