//! Hits of pages that are verified: the page is rendered again from its key, and compared with what is kept.

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
use crate::entry::{Entry, EntryForm};
use crate::near::Asker;
use crate::policy::Staleness;
use crate::site::CheckPlace;
use crate::stats::ReadKey;
use crate::verify::{self, NextStep, Trial, VerifyMode};

/// So many hits of one page are verified at once in production.
const MOST: usize = 4;

/// A page that is not rendered after this time says nothing.
const LIMIT: Duration = Duration::from_secs(10);

/// A hit of a page that is verified.
pub(crate) struct PageCheck {
    page: &'static Page,
    near: &'static PageTier,
    key: RequestKey,
    entry: Arc<Entry<StoredPage>>,
    audience: Audience,
    trial: Trial,
    _place: Option<CheckPlace>,
}

impl Visit<'static> {
    /// The hit that this request was, if it is verified.
    pub(crate) fn check(&self) -> Option<PageCheck> {
        let wanted = self.page.verifies()?;
        let near: &'static PageTier = self.near;
        let entry = near.get(self.hash, &self.key, |found| found.apart().cloned())?;
        let site = self.page.site();
        let mode = wanted.at(site, self.hash)?;
        let place = match mode {
            VerifyMode::Test => None,
            VerifyMode::Production => Some(site.suspects().check_place(MOST)?),
        };
        let cache = site.cache();
        let near_ttl = cache.far().map(|_| cache.near_ttl()).unwrap_or_default();
        Some(PageCheck {
            page: self.page,
            near,
            key: self.key.clone(),
            audience: self.audience,
            trial: Trial::new(site, mode, (self.hash, entry.clone()), near_ttl).behind(),
            entry,
            _place: place,
        })
    }
}

impl PageCheck {
    pub(crate) fn mode(&self) -> VerifyMode {
        self.trial.mode
    }

    /// Renders the page, and again while it is another one. `render` answers the request that a key stands for, where it can.
    ///
    /// # Panics
    ///
    /// In tests, if the difference is a fault.
    pub(crate) async fn run<B, F>(mut self, render: impl Fn(RequestKey) -> F)
    where
        B: SourceBody,
        F: Future<Output = Option<HandlerAnswer<B>>>,
    {
        let mut first = None::<StoredPage>;
        while let Some(page) = self.rendered(&render).await {
            let is_kept = self.entry.value().is_same(&page);
            let agrees = first.as_ref().is_none_or(|first| first.is_same(&page));
            let next = if is_kept {
                self.trial.equal()
            } else {
                self.trial.differs(agrees)
            };
            match next {
                NextStep::Run => first = first.or(Some(page)),
                NextStep::Wait(changes) if self.trial.wait_async(changes).await => {}
                NextStep::Judge => return self.judge(&page),
                NextStep::Wait(_) | NextStep::End => return,
            }
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
        match verify::shadow(judged, LIMIT).await?? {
            PageVerdict::Keep(page, ..) => Some(page),
            PageVerdict::Stream(_) | PageVerdict::Pass(..) => None,
        }
    }

    /// The difference has stood.
    fn judge(&self, page: &StoredPage) {
        let key = PageKeys(&self.page.rules().keying).text(self.key.as_bytes());
        let asker = Asker {
            origin: self.entry.origin,
            wants: None,
        };
        let there = self.near.usable(
            self.trial.hash,
            &self.near.stored(self.key.as_bytes().into()),
            asker,
        );
        let there = there.and_then(Entry::<StoredPage>::of);
        let is_still_there = there.is_some_and(|there| Arc::ptr_eq(&there, &self.entry));
        let kept = self.entry.value();
        let texts = || Some((kept.text_beside(page), page.text_beside(kept)));
        self.trial.judge(&key, is_still_there, &texts);
    }
}
