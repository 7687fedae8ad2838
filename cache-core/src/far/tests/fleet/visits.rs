//! What the clients of a process do.

use std::cell::Cell;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use super::super::world::step;
use super::races::Race;
use super::state::{Fleet, Micros, Pid};
use super::truth::{KEYS, STORED, TAGS, WINDOW, keys_under, tags_of};
use crate::cache::Cache;
use crate::key::{Key, Tag};
use crate::name::Name;
use crate::policy::Staleness;
use crate::sync::Mutex;
use crate::wait::pause;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Visit {
    Get,
    Call,
    /// Of one who takes stale values.
    CallStale,
    CallLocked,
    /// Of a cache without a store, whose value is made of another.
    CallMade,
    /// With an entry in hand.
    CallInHand,
    /// Of the one client who has his turn; of others, a look.
    Set,
    /// Of a value with a ttl of zero.
    CallOfNoLife,
    Invalidate,
    Everywhere,
    Expire,
    Delete,
    Clear,
}

/// How long the values of the keys live: one of them longer than the stamps of its names, which are prolonged.
const LIVES: [Micros; STORED] = [8_000_000, 1_200_000, 172_800_000_000];

/// How a value was when it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Given {
    Fresh,
    Stale,
    /// It may have been either.
    StaleOrNot,
}

/// What a load panics with.
pub(super) struct Thrown;

/// What a load fails with.
#[derive(Debug)]
pub(super) struct Failed;

/// A process, as its clients see it.
#[derive(Clone)]
pub(super) struct Visitor {
    pub(super) fleet: Fleet,
    pub(super) pid: Pid,
    pub(super) cache: Cache,
    /// Without a store.
    pub(super) outer: Cache,
}

impl Visitor {
    /// A client that makes so many visits.
    pub(super) async fn client(self, visits: usize) {
        for _ in 0..visits {
            let (between, visit) = self.fleet.with(|state| {
                let (least, most) = state.profile.between;
                let between = state.dice.between(least, most);
                (between, state.dice.weighed(state.profile.kinds))
            });
            pause(Duration::from_millis(between)).await;
            self.unsteadily(Box::pin(self.visit(visit))).await;
        }
    }

    /// A call that may be dropped at each of its polls, and whose load may panic.
    async fn unsteadily(&self, mut call: Pin<Box<impl Future<Output = ()>>>) {
        let done = poll_fn(|context| {
            let is_dropped = self.fleet.with(|state| {
                let drops = state.profile.drops;
                !state.is_calm && state.dice.chance(drops)
            });
            if is_dropped {
                self.fleet.say(self.pid, || "a call is dropped".to_owned());
                self.fleet.reach(Race::CallDropped);
                return Poll::Ready(());
            }
            match catch_unwind(AssertUnwindSafe(|| call.as_mut().poll(context))) {
                Ok(polled) => polled,
                Err(panic) if panic.is::<Thrown>() => Poll::Ready(()),
                Err(panic) => resume_unwind(panic),
            }
        });
        done.await;
    }

    async fn visit(&self, visit: Visit) {
        let (key, tag) = self.fleet.with(|state| {
            (
                state.dice.below(state.profile.keys),
                state.dice.below(TAGS.len()),
            )
        });
        self.fleet.say(self.pid, || {
            format!("{visit:?} {} {}", KEYS[key], TAGS[tag])
        });
        let began = self.fleet.with(|state| state.now);
        match visit {
            Visit::CallLocked => {
                drop(self.call(key, visit).await);
                self.fleet.with(|state| state.took(began));
            }
            Visit::Set => self.set(key).await,
            Visit::Get => self.get(key).await,
            Visit::Call | Visit::CallStale => {
                drop(self.call(key, visit).await);
            }
            Visit::CallMade => self.call_made(key % (KEYS.len() - STORED)).await,
            Visit::CallInHand => self.call_in_hand(key).await,
            Visit::CallOfNoLife => self.call_of_no_life().await,
            Visit::Invalidate | Visit::Everywhere | Visit::Expire => {
                self.invalidate(tag, visit).await;
            }
            Visit::Delete => {
                let change = self.fleet.change(self.pid, 1 << key, false);
                if self.cache.delete(KEYS[key]).await.is_ok() {
                    change.acknowledge(false);
                }
            }
            Visit::Clear => {
                let change = self.fleet.change(self.pid, (1 << KEYS.len()) - 1, false);
                if self.cache.clear().await.is_ok() {
                    change.acknowledge(false);
                }
            }
        }
    }

    async fn invalidate(&self, tag: usize, visit: Visit) {
        let is_soft = visit == Visit::Expire;
        let change = self.fleet.change(self.pid, keys_under(tag), is_soft);
        let done = match visit {
            Visit::Expire => self.cache.expire_tag(TAGS[tag]).await,
            Visit::Everywhere => self.cache.invalidate_tag(TAGS[tag]).everywhere().await,
            _ => self.cache.invalidate_tag(TAGS[tag]).await,
        };
        if done.is_ok() {
            change.acknowledge(visit == Visit::Everywhere);
        }
    }

    async fn get(&self, key: usize) {
        let floor = self.fleet.floor(self.pid, key);
        if let Ok(Some(value)) = self.cache.get(KEYS[key]).await {
            self.fleet.gives(self.pid, floor, value, false);
        }
    }

    async fn call(&self, key: usize, visit: Visit) -> Result<(u64, Given), Failed> {
        let floor = self.fleet.floor(self.pid, key);
        let ttl = Duration::from_micros(LIVES[key]);
        let names: Vec<Name> = tags_of(key)
            .iter()
            .map(|tag| Tag::from(*tag).name())
            .collect();
        let before = self.loads();
        let is_by_hand = visit == Visit::Call && self.fleet.chance(500);
        let rules = self.rules(if is_by_hand { Visit::Get } else { visit });
        // Who has values loaded ahead of their end takes those that have expired.
        let takes_stale = rules.window() > Duration::ZERO || rules.refresh_ahead < 1.0;
        let failed = Arc::new(Mutex::new(None));
        let load = {
            let (visitor, failed) = (self.clone(), failed.clone());
            let is_locked = visit == Visit::CallLocked;
            move || async move {
                let loaded = visitor.load(key, key, is_locked, LIVES[key]).await;
                if loaded.is_err() {
                    *failed.lock() = Some(visitor.fleet.floor(visitor.pid, key));
                }
                loaded
            }
        };
        let value = if is_by_hand {
            let cache = &self.cache;
            cache
                .get_or_load(Key::from(KEYS[key]), Some(ttl), names.into(), load)
                .await?
        } else {
            let key = Key::from(KEYS[key]);
            let later = self.cache.load_later(&key, names, rules).ttl(ttl);
            later.get_or_set(load).await?
        };
        let is_stale = self.fleet.gives(self.pid, floor, value, takes_stale);
        if let Some(since) = *failed.lock() {
            // What serves in the place of a load is judged when that has failed.
            self.fleet.gives(self.pid, since, value, takes_stale);
        }
        if visit == Visit::CallLocked && self.loads() > before {
            self.fleet.reach(Race::FoundAfterLock);
        }
        let how = match (takes_stale, is_stale) {
            (_, true) => Given::Stale,
            (true, false) => Given::StaleOrNot,
            (false, false) => Given::Fresh,
        };
        Ok((value, how))
    }

    fn loads(&self) -> u64 {
        self.fleet.with(|state| state.truth.whole_loads)
    }

    fn rules(&self, visit: Visit) -> Staleness {
        let window = Duration::from_micros(WINDOW);
        let mut rules = Staleness::NONE;
        match visit {
            Visit::CallStale if self.fleet.chance(600) => rules.while_revalidate = window,
            Visit::CallStale => rules.if_error = window,
            Visit::CallLocked => rules.lock = true,
            Visit::Call if self.fleet.chance(300) => rules.refresh_ahead = 0.5,
            _ => {}
        }
        rules
    }

    /// A value that is made of another: of a fresh one, or of one that may be stale.
    async fn call_made(&self, of: usize) {
        let key = STORED + of;
        let floor = self.fleet.floor(self.pid, key);
        let visit = if self.fleet.chance(300) {
            Visit::CallStale
        } else {
            Visit::Call
        };
        let made_of = Cell::new(None);
        let load = || async {
            let (value, how) = self.call(of, visit).await?;
            made_of.set(Some(how));
            Ok::<_, Failed>(value)
        };
        let ttl = Duration::from_millis([60_000, 700][of]);
        let made = Key::from(KEYS[key]);
        let made = self
            .outer
            .get_or_load(made, Some(ttl), Box::default(), load);
        let began = self.fleet.with(|state| state.now);
        if let Ok(value) = made.await {
            // What is made of something stale is for those who wait for it, and nobody finds it afterwards.
            let has_waited = self.fleet.with(|state| state.now) > began;
            let takes_stale = made_of.get().map_or(has_waited, |how| how != Given::Fresh);
            self.fleet.gives(self.pid, floor, value, takes_stale);
            let is_found = made_of.get().is_none() && !has_waited;
            self.fleet.found(
                self.pid,
                value,
                is_found,
                made_of.get() == Some(Given::Stale),
            );
        }
    }

    async fn call_in_hand(&self, key: usize) {
        if let Some(far) = self.cache.far() {
            // Nobody blocks the thread here.
            far.note_slow(true);
        }
        let entry = self.cache.entry(KEYS[key]);
        let entry = entry.tags(tags_of(key).iter().copied());
        let entry = entry.ttl(Duration::from_micros(LIVES[key]));
        entry.ready().await;
        if let Ok(value) = self.load(key, key, false, LIVES[key]).await
            && matches!(entry.set(&value).await, Ok(true))
        {
            self.fleet.is_set(self.pid, key, value);
        }
    }

    /// One after another, so that it is known which was the last.
    async fn set(&self, key: usize) {
        let Some(turn) = self.fleet.take_turn() else {
            return self.get(key).await;
        };
        let change = self.fleet.change(self.pid, 1 << key, false);
        let mut load = self.fleet.begin_load(self.pid, key, false, Micros::MAX / 4);
        load.read(key);
        let value = load.end();
        if self.cache.set(KEYS[key], &value).await.is_ok() {
            change.acknowledge(false);
        }
        drop(turn);
    }

    async fn call_of_no_life(&self) {
        let load = || async { Ok::<_, Failed>(7) };
        let cached = self.cache.get_or_set("of no life", "0s", load).await;
        assert!(cached.is_ok_and(|value| value == 7));
    }

    async fn load(
        &self,
        key: usize,
        of: usize,
        is_locked: bool,
        life: Micros,
    ) -> Result<u64, Failed> {
        let mut load = self.fleet.begin_load(self.pid, key, is_locked, life);
        let (time, is_early, fails, panics) = self.fleet.with(|state| {
            let (dice, profile) = (&mut state.dice, state.profile);
            let (hang, panic) = if state.is_calm {
                (0, 0)
            } else {
                (profile.hang, profile.panic)
            };
            let time = if dice.chance(hang) {
                30_000_000
            } else if dice.chance(profile.slow) {
                dice.between(500_000, 5_000_000)
            } else {
                let (least, most) = profile.loads;
                1_000 * dice.between(least, most)
            };
            let is_early = dice.chance(700);
            let fails = !state.is_calm && dice.chance(profile.fail);
            (time, is_early, fails, dice.chance(panic))
        });
        if is_early {
            load.read(of);
        }
        step().await;
        pause(Duration::from_micros(time)).await;
        if !is_early {
            load.read(of);
        }
        if panics {
            self.fleet.reach(Race::LoadPanicked);
            resume_unwind(Box::new(Thrown));
        }
        if fails {
            if is_locked {
                self.fleet.reach(Race::FailedUnderLock);
            }
            return Err(Failed);
        }
        Ok(load.end())
    }
}
