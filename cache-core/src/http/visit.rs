//! A request through a page: look up, or wait, or run the handler and decide what becomes of its answer.

use std::future::Future;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Response};
use http_body::Body;

use super::answer::body::{announced, unreadable};
use super::answer::{Loaded, PageBody};
use super::audience::{Audience, keep_from_others, make_private};
use super::cache_status::CacheStatus;
use super::key::RequestKey;
use super::page::PageHome;
use super::refusal::{Bypass, Refusal};
use super::rules::PageRules;
use super::stored::StoredPage;
use super::validators::Conditions;
use super::verdict::PageVerdict;
use crate::clock;
use crate::entry::Entry;
use crate::key::CacheKey;
use crate::load::{How, Leader, LoadRequest, Opened};
use crate::near::Near;
use crate::policy::Life;
use crate::stats::Counters;

/// How long it is remembered that answers to a request are not kept: its like need not wait for each other meanwhile.
const A_WHILE: Duration = Duration::from_secs(1);

/// Where a page keeps its answers in process.
pub(crate) type PageTier = Near<Box<[u8]>, Entry<StoredPage>>;

/// One request that may be answered from the cache.
pub(crate) struct Visit {
    rules: &'static PageRules,
    near: &'static PageTier,
    counters: &'static Counters,
    key: RequestKey,
    hash: u64,
    conditions: Conditions,
    is_head: bool,
    audience: Audience,
}

impl Visit {
    /// `personal` says that what the key holds is for one visitor.
    pub(crate) fn new(
        rules: &'static PageRules,
        near: &'static PageTier,
        counters: &'static Counters,
        key: RequestKey,
        (headers, is_head): (&HeaderMap, bool),
        personal: bool,
    ) -> Self {
        Self {
            rules,
            near,
            counters,
            hash: near.hash(&key),
            key,
            conditions: Conditions::of(headers),
            is_head,
            audience: rules.audience(personal),
        }
    }

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

    /// Waits for another's answer, or runs the handler and keeps its answer at `home`.
    pub(crate) async fn miss<B, F>(
        self,
        home: PageHome,
        run: impl FnOnce() -> F,
    ) -> Response<PageBody<B>>
    where
        B: Body<Data = Bytes> + Unpin,
        F: Future<Output = Loaded<B>>,
    {
        let (key, ttl) = (self.key.store(), home.default_ttl);
        let request = LoadRequest::new(self.near, self.hash, key, home.asker, home.names)
            .before(home.store)
            .counted(self.counters);
        let mut leader = match request.open().await {
            Opened::Ready(entry, how) => {
                let page = entry.value_as().expect("a page's tier holds pages");
                let answer = self.answer(page, entry.life(), how == How::Coalesced);
                return answer.map(PageBody::Whole);
            }
            Opened::Run(leader) | Opened::Failed(_, leader) => leader,
        };
        if leader.is_alone() {
            let loaded = leader.load(run()).await;
            return self.pass(loaded, ttl);
        }
        let judged = leader.load(async { self.rules.judge(run().await, self.audience, ttl).await });
        let verdict = judged.await;
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
                match reason {
                    Refusal::Failed => {
                        self.counters.error();
                        leader.fail(None);
                    }
                    // An argument that is set aside may reject one client: that must not keep the page from the others.
                    Refusal::Rejected => leader.fail(None),
                    _ => leader.refuse(A_WHILE),
                }
                self.refused(response, reason)
            }
        }
    }

    /// An answer that is not kept whatever it says.
    fn pass<B: Body>(&self, loaded: Loaded<B>, default_ttl: Duration) -> Response<PageBody<B>> {
        let by_body = || {
            let response = &loaded.response;
            unreadable(response.body(), announced(response.headers())).unwrap_or(Refusal::Alone)
        };
        let ttl = self.rules.ttl(&loaded, default_ttl);
        let reason = ttl.err().unwrap_or_else(by_body);
        if reason == Refusal::Failed {
            self.counters.error();
        }
        self.refused(loaded.response.map(PageBody::Through), reason)
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

impl PageRules {
    /// An answer that was given without a look-up. Its handler saw the client's request, of which no cache tells all apart.
    pub(crate) fn bypassed<B>(&self, mut response: Response<B>, reason: Bypass) -> Response<B> {
        let headers = response.headers_mut();
        keep_from_others(headers);
        self.tell(headers, CacheStatus::Bypassed(reason));
        response
    }

    /// What an answer that is not ours must still say.
    fn tell(&self, headers: &mut HeaderMap, status: CacheStatus) {
        self.varied().merge(headers);
        status.tell(headers);
    }
}
