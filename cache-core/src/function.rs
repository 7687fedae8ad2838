//! Cached functions: what `#[cached]` calls. A look-up borrows; a miss gives a ticket that owns its key and borrows nothing,
//! so that the arguments can move into the load.

pub use self::{awaited::*, doors::*, fate::Fate};

mod awaited;
mod doors;
mod fate;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use crate::clock;
use crate::context::{self, Dependencies};
use crate::entry::{BY_HAND, Entry, Holds, Origin};
use crate::error::Invalidated;
use crate::key::{CacheKey, Tag};
use crate::load::{Behind, Came, Keep, Lead, Miss, Refresh, Turn};
use crate::marks::Name;
use crate::monitor::block_on;
use crate::near::Near;
use crate::outcome::Outcome;
use crate::policy::Life;
use crate::site::Site;

/// What a look-up found.
pub enum Look<R, T> {
    /// The return value.
    Hit(R),
    /// The right to load it.
    Miss(T),
}

/// A place to look for a function's values: the tier, and who asks.
pub struct Place<K: 'static, V: ?Sized + 'static> {
    near: &'static Near<K, V>,
    site: &'static Site,
    /// How long values live where the site says nothing.
    ttl: Option<Duration>,
    behind: Option<Behind<'static, K, V>>,
    /// Who asks, where others ask as well; `None` where the place belongs to one copy of the function alone.
    origin: Option<Origin>,
}

impl<K: 'static, V: ?Sized + 'static> Clone for Place<K, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K: 'static, V: ?Sized + 'static> std::marker::Copy for Place<K, V> {}

impl<K: Eq + Clone + Send + Sync + 'static, V: ?Sized + Send + Sync + 'static> Place<K, V> {
    fn origin(&self) -> Origin {
        self.origin.unwrap_or(BY_HAND)
    }

    #[inline]
    fn accepts(&self, entry: &Entry<V>) -> bool {
        self.origin
            .is_none_or(|own| entry.origin == own || entry.origin == BY_HAND)
    }

    /// The kept value of a key. Only what is `Copy` is copied under the lock: a `clone` is not our code, and may even call
    /// a cached function.
    #[inline]
    fn get<O, Q>(&self, _: O, hash: u64, key: &Q) -> Option<O::Kept>
    where
        V: Holds<O::Kept>,
        O: Outcome<Kept: Clone>,
        Q: CacheKey<Stored = K> + ?Sized,
    {
        if O::COPIES {
            let copy = |entry: &Arc<Entry<V>>| O::copy(entry.value().view()?);
            self.near.get(hash, key, |entry| {
                self.accepts(entry).then(|| {
                    self.tell(entry);
                    copy(entry)
                })?
            })
        } else {
            let entry = self.near.get(hash, key, |entry| {
                self.accepts(entry).then(|| entry.clone())
            })?;
            self.tell(&entry);
            entry.value().view().cloned()
        }
    }

    /// Tells the load that encloses this call, if there is one, that it depends on an entry.
    #[inline]
    fn tell(&self, entry: &Entry<V>) {
        if context::is_loading() {
            context::depend(&Dependencies::of(
                &entry.birth,
                entry.stamps(),
                self.near.scope(),
            ));
        }
    }

    #[inline]
    pub(crate) fn look<O, Q>(self, outcome: O, key: &Q) -> Look<O::Ret, Ticket<O, K, V>>
    where
        V: Holds<O::Kept>,
        O: Outcome<Kept: Clone>,
        Q: CacheKey<Stored = K> + ?Sized,
    {
        let hash = self.near.hash(key);
        match self.get(outcome, hash, key) {
            Some(kept) => {
                self.site.counters.hit(hash);
                Look::Hit(O::whole(kept))
            }
            None => Look::Miss(self.ticket(outcome, hash, key, Wish::Any)),
        }
    }

    #[cold]
    fn ticket<O, Q>(self, outcome: O, hash: u64, key: &Q, wish: Wish) -> Ticket<O, K, V>
    where
        V: Holds<O::Kept>,
        O: Outcome,
        Q: CacheKey<Stored = K> + ?Sized,
    {
        let names = if self.origin() == BY_HAND {
            Box::default()
        } else {
            Box::new([self.site.own_name()]) as Box<[_]>
        };
        let miss = Miss::new(self.near, hash, key.store(), self.origin(), names)
            .of_type(|value| value.view().is_some())
            .before(self.behind);
        Ticket {
            outcome,
            place: self,
            miss,
            wish,
        }
    }

    pub(crate) fn refresh<O, Q>(self, outcome: O, key: &Q) -> Ticket<O, K, V>
    where
        V: Holds<O::Kept>,
        O: Outcome,
        Q: CacheKey<Stored = K> + ?Sized,
    {
        self.ticket(outcome, self.near.hash(key), key, Wish::New)
    }

    pub(crate) async fn peek<O, Q>(self, outcome: O, key: &Q) -> Option<O::Kept>
    where
        V: Holds<O::Kept>,
        O: Outcome<Kept: Clone>,
        Q: CacheKey<Stored = K> + ?Sized,
    {
        let hash = self.near.hash(key);
        if let Some(kept) = self.get(outcome, hash, key) {
            return Some(kept);
        }
        self.behind?;
        let ticket = self.ticket(outcome, hash, key, Wish::Any);
        // Trouble with the store is counted there.
        let entry = ticket.miss.peek().await.ok()??;
        self.tell(&entry);
        entry.value().view().cloned()
    }

    /// In the store first: whoever reads here meanwhile must not bring back what the store still had.
    pub(crate) async fn invalidate<Q: CacheKey<Stored = K> + ?Sized>(self, key: &Q) -> Invalidated {
        let reached = match &self.behind {
            Some(behind) => behind.remove(&key.store()).await,
            None => Ok(()),
        };
        self.near.remove(self.near.hash(key), key);
        reached.into()
    }
}

/// Which value a caller wants.
#[derive(Clone, std::marker::Copy, Debug, PartialEq, Eq)]
enum Wish {
    /// The kept one, if there is one by now.
    Any,
    /// A new one, whatever is there.
    New,
}

/// The right to load a value that was not found.
#[must_use = "a miss is followed by a load"]
pub struct Ticket<O, K: 'static, V: ?Sized + 'static> {
    outcome: O,
    place: Place<K, V>,
    miss: Miss<'static, K, V>,
    wish: Wish,
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
        if self.wish == Wish::New {
            let refresh = block_on(self.miss.begin());
            let _loading = counters.load();
            let ret = refresh.run(body);
            refresh.tell();
            return block_on(self.renew(refresh, ret, keep));
        }
        match block_on(self.turn()) {
            Turn::Ready(entry, _) => self.whole(&entry),
            Turn::Failed(error) => O::unshare(&error).unwrap_or_else(body),
            Turn::Alone(permit) => {
                let _loading = counters.load();
                let birth = self.miss.birth();
                let ret = body();
                self.miss.tell_alone(&birth);
                drop(permit);
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
        if self.wish == Wish::New {
            let refresh = self.miss.begin().await;
            let _loading = counters.load();
            let ret = refresh.load(body()).await;
            refresh.tell();
            return self.renew(refresh, ret, keep).await;
        }
        match self.turn().await {
            Turn::Ready(entry, _) => self.whole(&entry),
            Turn::Failed(error) => match O::unshare(&error) {
                Some(ret) => ret,
                None => body().await,
            },
            Turn::Alone(permit) => {
                let _loading = counters.load();
                let birth = self.miss.birth();
                let ret = body().await;
                self.miss.tell_alone(&birth);
                drop(permit);
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

    fn whole(&self, entry: &Arc<Entry<V>>) -> O::Ret {
        let _ = self.outcome;
        self.place.tell(entry);
        // A flight and an entry of the same origin hold the same type.
        let kept = entry.value().view().cloned();
        O::whole(kept.expect("entries of one site hold one type"))
    }

    fn life(&self, keep: Keep) -> Option<Life> {
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
        let (kept, fate) = {
            let _inside = lead.enter();
            let Some(kept) = O::kept(ret) else {
                self.place.site.counters.error();
                return lead.fail(O::share(ret));
            };
            (kept.clone(), keep(kept).into())
        };
        match self.life(fate.keep) {
            Some(life) => {
                let entry = lead.keep(kept, life, 0, &names(&fate.tags)).await;
                if !fate.tags.is_empty() {
                    self.place.tell(&entry);
                }
            }
            None => lead.share(kept),
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
                match self.life(fate.keep) {
                    Some(life) => {
                        let names = names(&fate.tags);
                        refresh.keep(kept.clone(), life, 0, &names).await;
                    }
                    None => refresh.pass().await,
                }
            }
        }
        ret
    }
}

fn names(tags: &[Tag]) -> Vec<Name> {
    tags.iter().map(Tag::name).collect()
}
