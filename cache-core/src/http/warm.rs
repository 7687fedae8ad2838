//! The pages that are asked for most, rendered again as soon as an invalidation of this process has reached them.
//!
//! A page leaves the queue when its render begins, and the render takes the flight of its key like any other load: it is as old as its
//! beginning, whoever asks meanwhile waits for it, and an invalidation during it queues the page again.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use once_cell::sync::Lazy;

use self::asked::AskedPages;
use self::page::WarmPage;
use super::answer::HandlerAnswer;
use super::audience::Audience;
use super::body::SourceBody;
use super::body::reading::Reader;
use super::key::RequestKey;
use super::page::Page;
use super::ready::ReadyAnswer;
use super::visit::{PageTier, Visit};
use crate::cache::Cache;
use crate::clock::{self, Moment};
use crate::events;
use crate::load::{LoadRequest, Opened};
use crate::spawn;
use crate::sync::{AtomicBool, Mutex, OnDrop, Ordering, RwLock};

pub(crate) use self::page::{RenderAgain, Renderer};
#[cfg(feature = "axum")]
pub(crate) use self::queue::AT_ONCE;

mod page;

mod asked;
pub(crate) mod journal;
mod queue;

/// The pages of one instance of a handler, in one scope.
pub(crate) struct WarmPages {
    page: &'static Page,
    cache: &'static Cache,
    near: &'static PageTier,
    asked: Mutex<AskedPages>,
    /// Whether a look at the pages is scheduled.
    is_looked_over: AtomicBool,
    journal: Mutex<JournalState>,
}

/// When the journal of a page is written, once there is one.
struct JournalState {
    due: Moment,
    is_writing: bool,
    /// Whether it is to be written from now on.
    is_behind: bool,
}

/// Whether requests are noted for the next start; `cache_core::warm` sets it.
static KEEPS_JOURNAL: AtomicBool = AtomicBool::new(false);

/// How often the journal of a page is written.
const EVERY: Duration = Duration::from_secs(60);
/// How long a journal is kept after it was written.
const KEPT_FOR: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// All warm pages, by the address of their tier.
static ALL: Lazy<RwLock<HashMap<usize, &'static WarmPages>>> = Lazy::new(|| {
    events::follow_up(look_over_all);
    RwLock::new(HashMap::new())
});

fn all() -> Vec<&'static WarmPages> {
    ALL.read().values().copied().collect()
}

fn look_over_all() {
    all().into_iter().for_each(WarmPages::look_over_soon);
}

/// Notes from now on which pages are asked for.
pub(crate) fn keep_journal() {
    KEEPS_JOURNAL.store(true, Ordering::Relaxed);
    spawn::before_the_end(|| all().into_iter().for_each(WarmPages::write_journal));
}

impl WarmPages {
    /// The pages in this tier.
    fn of(page: &'static Page, near: &'static PageTier) -> &'static Self {
        let address = std::ptr::from_ref(near).addr();
        if let Some(there) = ALL.read().get(&address) {
            return there;
        }
        let make = || -> &'static Self {
            Box::leak(Box::new(Self {
                page,
                cache: page.site().cache(),
                near,
                asked: Mutex::new(AskedPages::new(page.warm())),
                is_looked_over: AtomicBool::new(false),
                journal: Mutex::new(JournalState {
                    due: clock::now().after(EVERY),
                    is_writing: false,
                    is_behind: false,
                }),
            }))
        };
        ALL.write().entry(address).or_insert_with(make)
    }

    /// Counts `asks` of a page that is there.
    fn count(&'static self, key: &RequestKey, asks: u32, renderer: Renderer) {
        let new = renderer.clone();
        let make = || WarmPage::new(self.near, key.clone(), new);
        let counted = self.asked.lock().count(key, asks, make);
        if let Some(page) = counted {
            page.is_there_by(renderer);
        }
        if KEEPS_JOURNAL.load(Ordering::Relaxed) && clock::now() >= self.journal.lock().due {
            self.write_journal();
        }
    }

    /// Writes the journal of the page, behind the caller, and once more if it is asked to meanwhile. Pages that may be one visitor's are
    /// not in it.
    fn write_journal(&'static self) {
        let rules = self.page.rules();
        let Some(far) = self.cache.far() else { return };
        let first = self.asked.lock().most().into_iter().next();
        let (Some((_, first)), Audience::Anybody) = (first, rules.audience(false)) else {
            return;
        };
        let mut journal = self.journal.lock();
        journal.due = clock::now().after(EVERY);
        journal.is_behind = true;
        if std::mem::replace(&mut journal.is_writing, true) {
            return;
        }
        drop(journal);
        let name = self.page.site().journal_name();
        spawn::spawn_on(&first.runtime(), async move {
            let _written = OnDrop(|| self.journal.lock().is_writing = false);
            while self.goes_on_writing() {
                let text = self.journal_now();
                // Trouble with the store is counted there, and the next journal comes soon.
                let _ = far.note(name, text.as_bytes(), KEPT_FOR).await;
            }
        });
    }

    fn goes_on_writing(&self) -> bool {
        let mut journal = self.journal.lock();
        journal.is_writing = std::mem::take(&mut journal.is_behind);
        journal.is_writing
    }

    /// The journal of all instances of the function.
    fn journal_now(&self) -> String {
        let alike = all().into_iter().filter(|other| self.shares_journal(other));
        let mut pages: Vec<_> = alike.flat_map(|pages| pages.asked.lock().most()).collect();
        pages.sort_by_key(|(asks, _)| std::cmp::Reverse(*asks));
        let pages = pages.iter().take(self.page.warm());
        let keys = pages.map(|(asks, page)| (*asks, &page.key));
        journal::write(&self.page.rules().keying, keys)
    }

    /// Whether another instance of the function writes to the same place.
    fn shares_journal(&self, other: &Self) -> bool {
        std::ptr::eq(self.page, other.page) && std::ptr::eq(self.cache, other.cache)
    }

    /// Queues the pages that lack their answers, behind the caller; many invalidations at once are one look.
    fn look_over_soon(&'static self) {
        if self.is_looked_over.swap(true, Ordering::AcqRel) {
            return;
        }
        let all = self.asked.lock().most();
        let Some((_, first)) = all.first() else {
            self.is_looked_over.store(false, Ordering::Release);
            return;
        };
        let look = LookOver(self);
        spawn::spawn_on(&first.runtime(), async move {
            let pages = look.0;
            // An invalidation from here on has another look follow.
            drop(look);
            let most = pages.asked.lock().most();
            let lacking = most.into_iter().map(|(_, page)| page);
            queue::add(lacking.filter(|page| page.enters_queue()));
        });
    }
}

/// A look that is to come, or was dropped with its runtime.
struct LookOver(&'static WarmPages);

impl Drop for LookOver {
    fn drop(&mut self) {
        self.0.is_looked_over.store(false, Ordering::Release);
    }
}

impl Visit<'static> {
    /// [`hit`](Self::hit), counted for the page where a count is due; `handler` renders it again.
    pub(crate) fn hit_counted<R: RenderAgain + 'static>(
        &self,
        page: &'static Page,
        handler: impl FnOnce() -> R,
    ) -> Option<ReadyAnswer> {
        self.hit_with(|stored| {
            let asks = stored.ask();
            if asks > 0
                && let Some(renderer) = Renderer::here(Arc::new(handler()))
            {
                WarmPages::of(page, self.near).count(&self.key, asks, renderer);
            }
        })
    }

    /// Returns what to call after the answer: it counts `asks` if the page is there by then, and says whether it is.
    pub(crate) fn missed<R: RenderAgain + 'static>(
        &self,
        page: &'static Page,
        asks: u32,
        handler: R,
    ) -> impl FnOnce() -> bool + use<R> {
        let (near, hash, key) = (self.near, self.hash, self.key.clone());
        move || {
            let is_there = near.get_if(hash, &key, |_| true, |_| Some(())).is_some();
            if is_there && let Some(renderer) = Renderer::here(Arc::new(handler)) {
                WarmPages::of(page, near).count(&key, asks, renderer);
            }
            is_there
        }
    }

    /// Runs the handler and keeps its answer, unless somebody else has or does.
    pub(crate) async fn render_unasked<B, F>(
        self,
        request: Box<LoadRequest<'static>>,
        ttl: Duration,
        run: impl FnOnce() -> F,
    ) where
        B: SourceBody,
        F: Future<Output = HandlerAnswer<B>>,
    {
        let leader = match request.open_unasked().await {
            // What nobody joins would not be kept.
            Opened::Run(leader) if leader.is_alone() => return,
            Opened::Run(leader) => leader,
            Opened::Behind(_, _, leader) => match Box::pin(leader.prepared()).await {
                Some(leader) => leader,
                None => return,
            },
            Opened::Ready(..) | Opened::Failed(..) | Opened::TimedOut(_) => return,
        };
        let run = async || Ok::<_, Infallible>(run().await);
        drop(self.render(leader, Reader::Nobody, ttl, run).await);
    }
}
