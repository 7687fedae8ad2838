//! A request through a page: look up, or wait, or run the handler and decide what becomes of its answer.

use std::future::Future;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Response};
use http_body::Body;

use super::audience::{Audience, keep_from_others, make_private};
use super::body::unreadable;
use super::cache_status::{Handled, Missed, Outcome};
use super::key::RequestKey;
use super::page::Page;
use super::refusal::{Bypass, Refusal};
use super::stored::StoredPage;
use super::validators::Conditions;
use super::verdict::{Loaded, PageBody, Verdict, announced};
use crate::clock;
use crate::entry::Entry;
use crate::load::{How, Leader, Opened, Request};
use crate::near::{Asker, Near};
use crate::policy::Life;
use crate::site::Instance;

/// How long it is remembered that answers to a request are not kept: its like need not wait for each other meanwhile.
const A_WHILE: Duration = Duration::from_secs(1);

type Key = Box<[u8]>;

/// One request that may be answered from the cache.
pub(crate) struct Visit {
    page: &'static Page,
    near: &'static Near<Key, Entry<StoredPage>>,
    instance: Instance,
    key: RequestKey,
    hash: u64,
    conditions: Conditions,
    head: bool,
    personal: bool,
}

impl Visit {
    /// `personal` says that what the key holds is for one visitor.
    pub(crate) fn new(
        page: &'static Page,
        instance: Instance,
        key: RequestKey,
        headers: &HeaderMap,
        head: bool,
        personal: bool,
    ) -> Self {
        let near: &'static Near<Key, Entry<StoredPage>> = instance.near();
        let hash = near.hash(&key);
        Self {
            page,
            near,
            instance,
            hash,
            key,
            conditions: Conditions::of(headers),
            head,
            personal,
        }
    }

    pub(crate) fn key(&self) -> &RequestKey {
        &self.key
    }

    /// The answer, if it is there.
    pub(crate) fn hit(&self) -> Option<Response<Bytes>> {
        let entry = self
            .near
            .get(self.hash, &self.key, |entry| Some(entry.clone()))?;
        self.instance.site().counters.hit(self.hash);
        Some(self.answer(entry.value(), entry.life(), false))
    }

    /// Waits for another's answer, or runs the handler.
    pub(crate) async fn miss<B, F>(self, run: impl FnOnce() -> F) -> Response<PageBody<B>>
    where
        B: Body<Data = Bytes> + Unpin,
        F: Future<Output = Loaded<B>>,
    {
        let asker = Asker {
            origin: self.instance.origin(),
            wants: None,
        };
        let request = Request::new(
            self.near,
            self.hash,
            crate::key::CacheKey::store(&self.key),
            asker,
            self.page.names(&self.key),
        )
        .before(self.page.behind(self.instance))
        .counted(&self.instance.site().counters);
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
            return self.pass(loaded);
        }
        let audience = self.page.audience(self.personal);
        let judged = leader.load(async { self.page.judge(run().await, audience).await });
        let verdict = judged.await;
        self.end(leader, verdict).await
    }

    fn answer(&self, page: &StoredPage, life: Life, collapsed: bool) -> Response<Bytes> {
        let now = clock::now();
        let handled = if collapsed {
            self.missed(Outcome::Collapsed)
        } else {
            Handled::Hit(life.left(now).unwrap_or(Duration::MAX))
        };
        page.answer(&self.conditions, self.head, handled, Some(life.age(now)))
    }

    fn missed(&self, outcome: Outcome) -> Handled {
        let varied = self.page.varied();
        let missed = if varied.headers.is_empty() && varied.cookies.is_empty() {
            Missed::Uri
        } else {
            Missed::Variant
        };
        Handled::Missed(missed, outcome)
    }

    async fn end<B: Body>(
        &self,
        mut leader: Leader<'_, Key>,
        verdict: Verdict<B>,
    ) -> Response<PageBody<B>> {
        match verdict {
            Verdict::Keep(page, ttl, of_the_run) => {
                let weight = page.weight() + self.key.as_bytes().len();
                let life = Life::new(clock::now(), Some(ttl));
                let entry = leader.entry(page, life, weight, &[]);
                leader.keep(entry.clone()).await;
                let outcome = if self.near.is_live(&entry) {
                    Outcome::Stored
                } else {
                    Outcome::Refused(Refusal::Invalidated)
                };
                let handled = self.missed(outcome);
                let page = entry.value();
                let answer = page.answer(&self.conditions, self.head, handled, None);
                of_the_run.give(answer).map(PageBody::Whole)
            }
            Verdict::Pass(response, reason) => {
                match reason {
                    Refusal::Failed => {
                        self.instance.site().counters.error();
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
    fn pass<B: Body>(&self, loaded: Loaded<B>) -> Response<PageBody<B>> {
        let by_body = || {
            let response = &loaded.response;
            unreadable(response.body(), announced(response.headers())).unwrap_or(Refusal::Alone)
        };
        let reason = self.page.ttl(&loaded).err().unwrap_or_else(by_body);
        if reason == Refusal::Failed {
            self.instance.site().counters.error();
        }
        self.refused(loaded.response.map(PageBody::Through), reason)
    }

    fn refused<B>(&self, mut response: Response<B>, reason: Refusal) -> Response<B> {
        let headers = response.headers_mut();
        match reason {
            // An argument that is set aside reads what no key holds.
            Refusal::Rejected => keep_from_others(headers),
            _ if self.page.audience(self.personal) != Audience::Anybody => make_private(headers),
            _ => {}
        }
        self.page
            .tell(headers, self.missed(Outcome::Refused(reason)));
        response
    }
}

impl Page {
    /// An answer that was given without a look-up. Its handler saw the client's request, of which no cache tells all apart.
    pub(crate) fn bypassed<B>(&self, mut response: Response<B>, reason: Bypass) -> Response<B> {
        let headers = response.headers_mut();
        keep_from_others(headers);
        self.tell(headers, Handled::Bypassed(reason));
        response
    }

    /// What an answer that is not ours must still say.
    fn tell(&self, headers: &mut HeaderMap, handled: Handled) {
        self.varied().merge(headers);
        handled.tell(headers);
    }
}
