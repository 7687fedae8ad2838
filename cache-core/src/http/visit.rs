//! A request through a page: its key, its look-up, and the answer of what is found. `render` has what follows a miss.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Response};

use super::answer::downstream::end_life;
use super::audience::{Audience, keep_from_all};
use super::cache_status::CacheStatus;
use super::key::shown::PageKeys;
use super::key::{KeyTarget, RequestKey};
use super::lookup::PageLookup;
use super::page::Page;
use super::ready::ReadyAnswer;
use super::refusal::Bypass;
use super::request::RequestView;
use super::rules::PageRules;
use super::shown::FieldForm;
use super::stored::StoredPage;
use super::stored::encoding::PageFormat;
use super::validators::Conditions;
use crate::clock;
use crate::context::request;
use crate::entry::{AnyEntry, ApartForm};
use crate::load::{How, LoadRequest};
use crate::near::Near;
use crate::policy::{Freshness, Staleness};
use crate::site::Instance;
use crate::stats::{self, Counters};

/// Where a page keeps its answers in process.
pub(crate) type PageTier = Near<Box<[u8]>, ApartForm<StoredPage>>;

/// One request that may be answered from the cache.
pub(crate) struct Visit<'p> {
    pub(super) page: &'static Page,
    pub(super) rules: &'p PageRules,
    pub(super) near: &'p PageTier,
    pub(super) key: RequestKey,
    pub(super) hash: u64,
    pub(super) conditions: Conditions,
    pub(super) is_head: bool,
    pub(super) audience: Audience,
    staleness: Option<fn() -> Staleness>,
}

impl Page {
    /// The way of a request through one instance of the page. `personal` says that what the key holds is for one visitor.
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
        lookup: &PageLookup,
    ) -> Result<Visit<'static>, Bypass> {
        let (rules, near) = (self.rules(), instance.near());
        let key = rules.key(request, target, personal)?;
        if !lookup.wanted {
            return Err(Bypass::Condition);
        }
        Ok(Visit {
            page: self,
            rules,
            near,
            hash: near.hash(&key),
            key,
            conditions: request.headers.conditions(),
            is_head: request.method == Method::HEAD,
            audience: rules.audience(personal),
            staleness: lookup.staleness,
        })
    }

    /// The load of the answer that a request has not found, by the same instance of the page.
    pub(crate) fn load<'p>(&self, instance: Instance, visit: &Visit<'p>) -> Box<LoadRequest<'p>> {
        if stats::is_watched() {
            let rules: &'static PageRules = visit.page.rules();
            let watched = visit.counters().watched();
            watched.reader(|| Box::new(PageKeys(&rules.keying)));
        }
        let key = (visit.hash, visit.near.key(&visit.key));
        let names = self.names(&visit.key);
        let mut request = instance
            .load_answer(visit.near, key, names, || &PageFormat)
            .adding_to(self.site().cache().extra_load());
        request.look_back();
        if visit.rules.varies() {
            request.variant_of(visit.near.hash(&visit.key.without_variant()));
        }
        if let Some(rules) = visit.staleness {
            request.follow(rules());
            request.compare_by(StoredPage::equals);
        }
        request
    }
}

impl Visit<'_> {
    pub(super) fn counters(&self) -> &'static Counters {
        &self.page.site().counters
    }

    pub(crate) fn key(&self) -> &RequestKey {
        &self.key
    }

    /// The answer, if it is there, and nothing is to be loaded behind it.
    pub(crate) fn hit<F: FieldForm>(&self) -> Option<ReadyAnswer<F>> {
        self.hit_with(|_| {})
    }

    /// [`hit`](Self::hit), which shows the page.
    pub(super) fn hit_with<F: FieldForm>(
        &self,
        see: impl FnOnce(&StoredPage),
    ) -> Option<ReadyAnswer<F>> {
        let follows = self.staleness.is_some();
        let is_good = |freshness| match freshness {
            Freshness::Due => !follows,
            _ => freshness == Freshness::Fresh,
        };
        let entry = self.near.get_if(self.hash, &self.key, is_good, |found| {
            found.apart().cloned()
        })?;
        self.counters().hit(self.hash);
        How::Hit.tell(self.near, &entry);
        request::note_hit();
        see(entry.value());
        let now = clock::now();
        let life = entry.life();
        let status = CacheStatus::Hit(life.left(now).unwrap_or(Duration::MAX));
        let age = Some(life.age(now));
        Some(
            entry
                .value()
                .answer(&self.conditions, self.is_head, status, age),
        )
    }

    /// The answer of an entry that serves.
    pub(super) fn served(&self, entry: &dyn AnyEntry, how: How) -> Response<Bytes> {
        how.tell(self.near, entry);
        let (now, life) = (clock::now(), entry.life());
        let status = match how {
            How::Hit => CacheStatus::Hit(life.left(now).unwrap_or(Duration::MAX)),
            How::Coalesced => CacheStatus::Collapsed(self.rules.miss()),
            How::Stale => CacheStatus::Stale(now.since(life.end())),
        };
        self.answer_of(entry, status)
    }

    /// The answer of an entry that is past its life, in the place of a load that has failed or was too slow.
    pub(super) fn in_place(&self, stale: &dyn AnyEntry) -> Response<Bytes> {
        self.counters().stale();
        How::Stale.tell(self.near, stale);
        let since = clock::now().since(stale.life().end());
        self.answer_of(stale, CacheStatus::InPlace(since))
    }

    fn answer_of(&self, entry: &dyn AnyEntry, status: CacheStatus) -> Response<Bytes> {
        let page = entry.value_as().expect("a page's tier holds pages");
        let mut answer = self.answer(page, status, Some(entry.life().age(clock::now())));
        if matches!(status, CacheStatus::Stale(_) | CacheStatus::InPlace(_)) {
            end_life(answer.headers_mut());
        }
        if entry.is_tainted() {
            keep_from_all(answer.headers_mut());
        }
        answer
    }

    pub(super) fn answer(
        &self,
        page: &StoredPage,
        status: CacheStatus,
        age: Option<Duration>,
    ) -> Response<Bytes> {
        let answer: ReadyAnswer = page.answer(&self.conditions, self.is_head, status, age);
        answer.response()
    }
}
