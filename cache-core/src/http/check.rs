//! Hits of pages that are verified: the page is rendered again from its key, and compared with what is kept.

use std::any::Any;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use super::answer::HandlerAnswer;
use super::audience::Audience;
use super::body::SourceBody;
use super::body::reading::Reader;
use super::key::RequestKey;
use super::key::shown::PageKeys;
use super::page::Page;
use super::stored::StoredPage;
use super::verdict::{JudgeTerms, PageVerdict};
use super::visit::{PageTier, Visit};
use crate::clock;
use crate::entry::{Entry, EntryForm};
use crate::near::Asker;
use crate::policy::Staleness;
use crate::stats::ReadKey;
use crate::verify::{self, Differing, VerifyMode, grace, wait_async};
use crate::wait;

/// A hit of a page that is verified.
pub(crate) struct PageCheck {
    page: &'static Page,
    near: &'static PageTier,
    key: RequestKey,
    hash: u64,
    entry: Arc<Entry<StoredPage>>,
    audience: Audience,
    mode: VerifyMode,
    age: Duration,
    near_ttl: Duration,
}

impl Visit<'static> {
    /// The hit that this request was, if it is verified.
    pub(crate) fn check(&self) -> Option<PageCheck> {
        let wanted = self.page.verifies()?;
        let near: &'static PageTier = self.near;
        let entry = near.get(self.hash, &self.key, |entry, _| Some(entry.clone()))?;
        if !entry.value().is_comparable() {
            return None;
        }
        let mode = wanted.at(self.page.site(), self.hash)?;
        let cache = self.page.site().cache();
        Some(PageCheck {
            page: self.page,
            near,
            key: self.key.clone(),
            hash: self.hash,
            age: entry.life().age(clock::now()),
            audience: self.audience,
            entry,
            mode,
            near_ttl: cache.far().map(|_| cache.near_ttl()).unwrap_or_default(),
        })
    }
}

impl PageCheck {
    pub(crate) fn mode(&self) -> VerifyMode {
        self.mode
    }

    /// Renders the page, and once more if it is another one. `render` answers the request that a key stands for, where it can.
    ///
    /// # Panics
    ///
    /// In tests, if the difference is a fault.
    pub(crate) async fn run<B, F>(self, render: impl Fn(RequestKey) -> F)
    where
        B: SourceBody,
        F: Future<Output = Option<HandlerAnswer<B>>>,
    {
        let Some(first) = self.rendered(&render).await else {
            return;
        };
        if StoredPage::equals(self.entry.value(), &first) {
            return self.page.site().counters.verified();
        }
        if self.page.site().counters.is_impure() {
            return self.page.site().counters.impure();
        }
        match self.mode {
            VerifyMode::Test if !wait_async(grace(self.near_ttl)).await => return,
            VerifyMode::Test => {}
            VerifyMode::Production => {
                wait::pause(grace(self.near_ttl)).await;
                if verify::are_under_way() {
                    return;
                }
            }
        }
        let Some(second) = self.rendered(&render).await else {
            return;
        };
        if !StoredPage::equals(self.entry.value(), &second) {
            self.judge(&first, &second);
        }
    }

    /// The page as it would be kept now; `None` if it would not be.
    async fn rendered<B, F>(&self, render: &impl Fn(RequestKey) -> F) -> Option<StoredPage>
    where
        B: SourceBody,
        F: Future<Output = Option<HandlerAnswer<B>>>,
    {
        let rules = self.page.rules();
        let terms = JudgeTerms {
            audience: self.audience,
            ttl: self.page.default_ttl(),
            staleness: &Staleness::NONE,
            is_alone: false,
            reader: Reader::Nobody,
        };
        let answered = render(self.key.clone());
        let judged = async { Some(rules.judge(answered.await?, terms).await) };
        match verify::apart_async(judged).await? {
            PageVerdict::Keep(page, ..) => Some(page),
            PageVerdict::Stream(_) | PageVerdict::Pass(..) => None,
        }
    }

    fn judge(&self, first: &StoredPage, second: &StoredPage) {
        let key = PageKeys(&self.page.rules().keying).text(self.key.as_bytes());
        let asker = Asker {
            origin: self.entry.origin,
            wants: None,
        };
        let there = self
            .near
            .usable(self.hash, &self.key.as_bytes().into(), asker);
        let there = there.and_then(Entry::<StoredPage>::of);
        let differing = Differing {
            site: self.page.site(),
            mode: self.mode,
            key: &key,
            runs_agree: StoredPage::equals(first as &dyn Any, second as &dyn Any),
            is_still_there: there.is_some_and(|there| Arc::ptr_eq(&there, &self.entry)),
            age: self.age,
            near_ttl: self.near_ttl,
        };
        let texts = || Some((self.entry.value().text(), second.text()));
        differing.judge(&self.entry, texts);
    }
}
