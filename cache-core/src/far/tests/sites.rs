//! What processes do with a whole [`Cache`].

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use super::explorer::{Choices, Task};
use super::world::{Nature, World};
use crate::cache::Cache;
use crate::clock::stopped;
use crate::error::Result;
use crate::sync::{AtomicUsize, Ordering};
use crate::wait::block_on;

pub(super) const KEY: &str = "x";

/// How the data is made known to be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    Delete,
    Clear,
    Set,
}

/// One process.
#[derive(Clone, Debug)]
pub(super) struct Site {
    name: &'static str,
    pub(super) cache: Cache,
    pub(super) world: World,
}

/// Processes over one store, each of which keeps at most so many values itself.
pub(super) fn sites<const N: usize>(
    names: [&'static str; N],
    near: usize,
    nature: Nature,
    choices: Choices,
) -> [Site; N] {
    let world = World::new(nature, choices);
    names.map(|name| {
        let cache = Cache::builder()
            .near(near)
            .near_ttl(nature.near_ttl)
            .timeout("1h")
            .store(world.clone());
        Site {
            name,
            cache: cache.build(),
            world: world.clone(),
        }
    })
}

/// Time goes on, once, so far that copies end.
pub(super) fn time(nature: Nature) -> Task {
    Task::new("time", async move {
        let clock = stopped::here().expect("worlds are explored in a stopped clock");
        clock.advance(nature.near_ttl);
    })
}

/// An invalidation under way: one that fails or is dropped binds its own process.
struct Asked<'s> {
    site: &'s Site,
    version: u64,
    done: bool,
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        let Site { name, world, .. } = self.site;
        world.invalidated(name, self.version, !self.done);
    }
}

impl Site {
    pub(super) fn task<F: Future<Output = ()>>(
        &self,
        name: &'static str,
        call: impl FnOnce(Self) -> F + 'static,
    ) -> Task {
        let site = self.clone();
        Task::new(name, async move { call(site).await })
    }

    /// What is there before the world begins.
    pub(super) fn holding(&self, value: u64) {
        let set = self.world.quietly(self.cache.set(KEY, &value));
        block_on(set).expect("no faults yet");
    }

    pub(super) async fn call(self) {
        let floor = self.world.floor(self.name);
        let load = || async { Ok::<_, Infallible>(self.world.load().await) };
        let Ok(version) = self.cache.get_or_set(KEY, "1h", load).await;
        self.world.gives(floor, version);
    }

    pub(super) async fn get(self) {
        let floor = self.world.floor(self.name);
        if let Ok(Some(version)) = self.cache.get(KEY).await {
            self.world.gives(floor, version);
        }
    }

    /// Changes the data, and says so. What was set by hand and failed, nobody is bound to.
    pub(super) async fn change(self, how: How) {
        let version = self.world.change();
        if how == How::Set {
            if self.cache.set(KEY, &version).await.is_ok() {
                self.world.invalidated(self.name, version, false);
            }
            return;
        }
        let mut asked = Asked {
            site: &self,
            version,
            done: false,
        };
        asked.done = match how {
            How::Clear => self.cache.clear().await.is_ok(),
            _ => self.cache.delete(KEY).await.is_ok(),
        };
    }

    /// Loads with an entry in hand.
    #[cfg(not(feature = "runtime"))]
    pub(super) async fn take_in_hand(self) {
        let entry = self.cache.entry(KEY);
        entry.ready().await;
        let version = self.world.load().await;
        let floor = self.world.floor(self.name);
        if let Ok(true) = entry.set(&version).await {
            self.world.say("it is kept");
            self.world.gives(floor, version);
        }
    }

    pub(super) async fn touch(self) {
        drop(self.cache.touch(KEY, "2h").await);
    }

    pub(super) async fn incr(&self) -> Result<i64> {
        self.cache.incr(KEY, 1).await
    }
}

/// Those of whom the last does something more.
#[derive(Clone, Debug)]
pub(super) struct Party(Arc<AtomicUsize>);

impl Party {
    pub(super) fn of(all: usize) -> Self {
        Self(Arc::new(AtomicUsize::new(all)))
    }

    /// Whether all the others have gone already.
    pub(super) fn is_last(&self) -> bool {
        self.0.fetch_sub(1, Ordering::Relaxed) == 1
    }
}

/// The near ttl of worlds in which time goes on.
pub(super) const NEAR_TTL: Duration = Duration::from_secs(2);
