//! A miss: the right to load, and what becomes of what was loaded.

use std::future::Future;
use std::sync::Arc;

use super::{Fate, Place};
use crate::clock;
use crate::context;
use crate::entry::{Entry, Holds};
use crate::key::Tag;
use crate::load::{Before, Came, Keep, Lead, Miss, Refresh, Turn};
use crate::marks::Name;
use crate::monitor::block_on;
use crate::outcome::Outcome;
use crate::policy::Life;

/// Which value a caller wants.
#[derive(Clone, std::marker::Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// The kept one, if there is one by now.
    Any,
    /// A new one, whatever is there.
    New,
    /// A new one that the body writes elsewhere.
    Put,
}

/// The right to load a value that was not found.
#[must_use = "a miss is followed by a load"]
pub struct Ticket<O, K: 'static, V: ?Sized + 'static> {
    pub(super) outcome: O,
    pub(super) place: Place<K, V>,
    pub(super) miss: Miss<'static, K, V>,
    pub(super) wish: Wish,
}

impl<O, K, V> Ticket<O, K, V>
where
    O: Outcome<Kept: Clone>,
    K: Eq + Clone + Send + Sync + 'static,
    V: ?Sized + Holds<O::Kept> + Send + Sync + 'static,
{
    /// Adds tags that the value carries, known before it is loaded.
    pub fn tags(self, tags: impl IntoIterator<Item = Tag>) -> Self {
        let names = tags.into_iter().map(|tag| tag.name());
        Self {
            miss: self.miss.also(names),
            ..self
        }
    }

    /// Loads on this thread, or waits for the thread that does.
    pub fn load<F: Into<Fate>>(
        self,
        keep: impl FnOnce(&O::Kept) -> F,
        body: impl FnOnce() -> O::Ret,
    ) -> O::Ret {
        let counters = &self.place.site.counters;
        if self.wish != Wish::Any {
            let refresh = block_on(self.begin());
            let _loading = counters.load();
            let ret = refresh.run(body);
            refresh.tell();
            return block_on(self.renew(refresh, ret, keep));
        }
        let before = self.miss.before_load();
        match block_on(self.turn()) {
            Turn::Ready(entry, _) => self.whole(&entry),
            Turn::Failed(error) => {
                let ret = O::unshare(&error).unwrap_or_else(body);
                self.tell_alone(&before, &ret, keep);
                ret
            }
            Turn::Alone => {
                let _loading = counters.load();
                let before = self.miss.before_load();
                let ret = body();
                self.tell_alone(&before, &ret, keep);
                ret
            }
            Turn::Lead(lead) => {
                let _loading = counters.load();
                let ret = lead.run(body);
                lead.tell();
                block_on(self.end(lead, &ret, keep));
                ret
            }
        }
    }

    /// Loads in this task, or waits for the task that does.
    pub async fn load_async<F, L>(
        self,
        keep: impl FnOnce(&O::Kept) -> F,
        body: impl FnOnce() -> L,
    ) -> O::Ret
    where
        F: Into<Fate>,
        L: Future<Output = O::Ret>,
    {
        let counters = &self.place.site.counters;
        if self.wish != Wish::Any {
            let refresh = self.begin().await;
            let _loading = counters.load();
            let ret = refresh.load(body()).await;
            refresh.tell();
            return self.renew(refresh, ret, keep).await;
        }
        let before = self.miss.before_load();
        match self.turn().await {
            Turn::Ready(entry, _) => self.whole(&entry),
            Turn::Failed(error) => {
                let ret = match O::unshare(&error) {
                    Some(ret) => ret,
                    None => body().await,
                };
                self.tell_alone(&before, &ret, keep);
                ret
            }
            Turn::Alone => {
                let _loading = counters.load();
                let before = self.miss.before_load();
                let ret = body().await;
                self.tell_alone(&before, &ret, keep);
                ret
            }
            Turn::Lead(lead) => {
                let _loading = counters.load();
                let ret = lead.load(body()).await;
                lead.tell();
                self.end(lead, &ret, keep).await;
                ret
            }
        }
    }

    async fn begin(&self) -> Refresh<'_, K, V> {
        let mut refresh = self.miss.begin().await;
        if self.wish == Wish::Put {
            refresh.put();
        }
        refresh
    }

    /// Whose turn it is. What near does not have is a miss, unless the store behind has it: that is not known at once.
    async fn turn(&self) -> Turn<'_, K, V> {
        let counters = &self.place.site.counters;
        if self.place.behind.is_none() {
            counters.miss();
            return self.miss.turn().await;
        }
        let turn = self.miss.turn().await;
        match turn {
            Turn::Ready(_, Came::Kept) => counters.hit(self.miss.hash()),
            _ => counters.miss(),
        }
        turn
    }

    /// Tells the load that encloses this call what a value depends on that is nobody's: `before` was taken before its load.
    fn tell_alone<F: Into<Fate>>(
        &self,
        before: &Before,
        ret: &O::Ret,
        keep: impl FnOnce(&O::Kept) -> F,
    ) {
        if context::is_loading() {
            let fate = O::kept(ret).map(|kept| keep(kept).into());
            let tags = fate.map(|fate| fate.tags).unwrap_or_default();
            self.miss.tell_alone(before, &names(&tags));
        }
    }

    fn whole(&self, entry: &Arc<Entry<V>>) -> O::Ret {
        let _ = self.outcome;
        self.place.tell(entry);
        // A flight and an entry of the same origin hold the same type.
        let kept = entry.value().view().cloned();
        O::whole(kept.expect("entries of one site hold one type"))
    }

    pub(super) fn life(&self, keep: Keep) -> Option<Life> {
        let ttl = match keep {
            Keep::Default => self.place.ttl,
            Keep::For(ttl) => Some(ttl),
            Keep::Pass => return None,
        };
        Some(Life::new(clock::now(), ttl))
    }

    /// Ends a flight with what the body returned.
    async fn end<F: Into<Fate>>(
        &self,
        lead: Lead<'_, K, V>,
        ret: &O::Ret,
        keep: impl FnOnce(&O::Kept) -> F,
    ) {
        let Some(kept) = O::kept(ret) else {
            self.place.site.counters.error();
            return lead.fail(O::share(ret));
        };
        let (kept, fate) = lead.run(|| (kept.clone(), keep(kept).into()));
        let of_value = names(&fate.tags);
        if !of_value.is_empty() {
            self.miss.tell_of_value(&lead.birth(), &of_value);
        }
        match self.life(fate.keep) {
            Some(life) => drop(lead.keep(kept, life, 0, &of_value).await),
            None => lead.share(kept, &of_value).await,
        }
    }

    /// Stores what a refresh returned.
    async fn renew<F: Into<Fate>>(
        &self,
        mut refresh: Refresh<'_, K, V>,
        ret: O::Ret,
        keep: impl FnOnce(&O::Kept) -> F,
    ) -> O::Ret {
        match O::kept(&ret) {
            None => self.place.site.counters.error(),
            Some(kept) => {
                let fate: Fate = keep(kept).into();
                let of_value = names(&fate.tags);
                if !of_value.is_empty() {
                    self.miss.tell_of_value(&refresh.birth(), &of_value);
                }
                match self.life(fate.keep) {
                    Some(life) => refresh.keep(kept.clone(), life, 0, &of_value).await,
                    None => refresh.pass().await,
                }
            }
        }
        ret
    }
}

pub(super) fn names(tags: &[Tag]) -> Vec<Name> {
    tags.iter().map(Tag::name).collect()
}
