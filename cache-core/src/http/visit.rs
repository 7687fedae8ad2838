//! A request through a page: look up, or wait, or run the handler and decide what becomes of its answer.

use std::future::Future;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Response};
use http_body::Body;

use super::answer::HandlerAnswer;
use super::answer::body::PageBody;
use super::audience::{Audience, keep_from_others, make_private};
use super::cache_status::CacheStatus;
use super::key::{KeyTarget, RequestKey};
use super::page::Page;
use super::refusal::{Bypass, Refusal};
use super::request::RequestView;
use super::rules::PageRules;
use super::stored::StoredPage;
use super::stored::encoding::PageFormat;
use super::validators::Conditions;
use super::verdict::PageVerdict;
use crate::clock;
use crate::entry::Entry;
use crate::key::CacheKey;
use crate::load::{Backing, How, Leader, LoadRequest, Opened};
use crate::near::{Asker, Near};
use crate::policy::Life;
use crate::site::Instance;
use crate::stats::Counters;

/// How long it is remembered that answers to a request are not kept: its like need not wait for each other meanwhile.
const A_WHILE: Duration = Duration::from_secs(1);

/// Where a page keeps its answers in process.
pub(crate) type PageTier = Near<Box<[u8]>, Entry<StoredPage>>;

/// One request that may be answered from the cache.
pub(crate) struct Visit<'p> {
    rules: &'p PageRules,
    near: &'p PageTier,
    counters: &'p Counters,
    key: RequestKey,
    hash: u64,
    conditions: Conditions,
    is_head: bool,
    audience: Audience,
}

impl Page {
    /// The way of a request through one instance of the page. `personal` says that what the key holds is for one visitor, and `wanted`
    /// that the page's condition holds.
    ///
    /// # Errors
    ///
    /// The reason why the request is not looked up.
    pub(crate) fn visit(
        &'static self,
        instance: Instance,
        request: &RequestView<'_>,
        target: Result<KeyTarget<'_>, Bypass>,
        personal: bool,
        wanted: bool,
    ) -> Result<Visit<'static>, Bypass> {
        let (rules, near) = (self.rules(), instance.near());
        let key = rules.key(request, target, personal)?;
        if !wanted {
            return Err(Bypass::Condition);
        }
        Ok(Visit {
            rules,
            near,
            counters: &self.site().counters,
            hash: near.hash(&key),
            key,
            conditions: request.headers.conditions(),
            is_head: request.method == Method::HEAD,
            audience: rules.audience(personal),
        })
    }

    /// The load of the answer that a request has not found, by the same instance of the page.
    pub(crate) fn load<'p>(
        &self,
        instance: Instance,
        visit: &Visit<'p>,
    ) -> LoadRequest<'p, Box<[u8]>> {
        let cache = self.site().cache();
        let backing = cache.far().map(|far| Backing::<Box<[u8]>> {
            far,
            near_ttl: cache.near_ttl(),
            format: || &PageFormat,
            site: Some(instance.own_name()),
            key: |key| key,
            has_own_keys: true,
        });
        let asker = Asker {
            origin: instance.origin(),
            wants: None,
        };
        let (key, names) = (visit.key.store(), self.names(&visit.key));
        LoadRequest::new(visit.near, visit.hash, key, asker, names)
            .before(backing)
            .counted(visit.counters)
    }
}

impl Visit<'_> {
    pub(crate) fn key(&self) -> &RequestKey {
        &self.key
    }

    /// The answer, if it is there.
    pub(crate) fn hit(&self) -> Option<Response<Bytes>> {
        let entry = self
            .near
            .get(self.hash, &self.key, |entry, _| Some(entry.clone()))?;
        self.counters.hit(self.hash);
        Some(self.answer(entry.value(), entry.life(), false))
    }

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
        let mut leader = match request.open().await {
            Opened::Ready(entry, how) | Opened::Behind(entry, how, _) => {
                let page = entry.value_as().expect("a page's tier holds pages");
                let answer = self.answer(page, entry.life(), how == How::Coalesced);
                return answer.map(PageBody::Whole);
            }
            Opened::Run(leader) | Opened::Failed(_, leader) => leader,
            Opened::TimedOut(request) => request.into_solo(),
        };
        let alone = leader.is_alone();
        let judged = async {
            let answer = run().await;
            self.rules.judge(answer, self.audience, ttl, alone).await
        };
        let verdict = leader.load(judged).await;
        self.end(leader, verdict).await
    }

    fn answer(&self, page: &StoredPage, life: Life, collapsed: bool) -> Response<Bytes> {
        let now = clock::now();
        let status = if collapsed {
            CacheStatus::Collapsed(self.rules.miss())
        } else {
            CacheStatus::Hit(life.left(now).unwrap_or(Duration::MAX))
        };
        page.answer(&self.conditions, self.is_head, status, Some(life.age(now)))
    }

    async fn end<B: Body>(
        &self,
        mut leader: Leader<'_, Box<[u8]>>,
        verdict: PageVerdict<B>,
    ) -> Response<PageBody<B>> {
        match verdict {
            PageVerdict::Keep(page, ttl, per_request) => {
                let weight = page.weight() + self.key.as_bytes().len();
                let life = Life::new(clock::now(), Some(ttl));
                let entry = leader.entry(page, life, weight, &[]);
                leader.keep(entry.clone()).await;
                let miss = self.rules.miss();
                let status = if self.near.is_live(&entry) {
                    CacheStatus::Stored(miss)
                } else {
                    CacheStatus::Refused(miss, Refusal::Invalidated)
                };
                let page = entry.value();
                let answer = page.answer(&self.conditions, self.is_head, status, None);
                per_request.give(answer).map(PageBody::Whole)
            }
            PageVerdict::Pass(response, reason) => {
                if reason == Refusal::Failed {
                    self.counters.error();
                }
                match reason {
                    _ if leader.is_alone() => {}
                    // An argument that is set aside may reject one client: that must not keep the page from the others.
                    Refusal::Failed | Refusal::Rejected => leader.fail(None),
                    _ => leader.refuse(A_WHILE),
                }
                self.refused(response, reason)
            }
        }
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
