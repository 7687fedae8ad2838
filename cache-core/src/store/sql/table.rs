//! What all databases have in common: a table that is made when it is needed, calls that end, and sweeps.

use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::timeout;

use super::KEY;
use super::driver::{Driver, Kept, Row, Which, is_full};
use super::groups::Groups;
use crate::error::{Error, Result};
use crate::store::{Answer, Found, Put, Store, Written, fitting, runtime};

/// How long a call may take: longer than anybody waits, and a server that never answers holds no connection for ever.
const LIMIT: Duration = Duration::from_secs(30);

/// After so many written rows a sweep begins.
pub(super) const EVERY: u64 = 1_000;

/// So many rows go at once: their locks are held for milliseconds.
const BATCH: u64 = 1_000;

/// A table of some database.
#[derive(Debug)]
pub(super) struct Table<D>(Arc<Shared<D>>);

#[derive(Debug)]
struct Shared<D> {
    driver: D,
    /// How many rows a sweep leaves.
    max_entries: Option<u64>,
    ready: AtomicBool,
    making: Mutex<()>,
    sweeping: Arc<Mutex<()>>,
    writes: AtomicU64,
}

impl<D: Driver> Table<D> {
    pub(super) fn new(driver: D, max_entries: Option<u64>) -> Self {
        Self(Arc::new(Shared {
            driver,
            max_entries,
            ready: AtomicBool::new(false),
            making: Mutex::default(),
            sweeping: Arc::default(),
            writes: AtomicU64::new(0),
        }))
    }
}

impl<D: Driver> Shared<D> {
    /// Makes the table before the first call, after every call that failed, because it may have gone with a database that was
    /// set up anew, and when a file is no longer the one that is open.
    async fn ready(&self) -> sqlx::Result<()> {
        let is_ready = || self.ready.load(Ordering::Acquire) && self.driver.is_there();
        if is_ready() {
            return Ok(());
        }
        let _making = self.making.lock().await;
        if !is_ready() {
            self.driver.create().await?;
            self.ready.store(true, Ordering::Release);
        }
        Ok(())
    }

    /// Ends what takes too long, and tells our errors from those of the database.
    async fn end<T>(&self, call: impl Future<Output = sqlx::Result<T>>) -> Result<T> {
        let done = match timeout(LIMIT, call).await {
            Ok(done) => done.map_err(Error::store),
            Err(_) => Err(Error::timed_out()),
        };
        if done.is_err() {
            self.ready.store(false, Ordering::Release);
        }
        done
    }

    async fn sweep(&self) -> sqlx::Result<()> {
        self.ready().await?;
        while self.driver.remove(Which::Expired, BATCH).await? == BATCH {}
        let Some(max) = self.max_entries else {
            return Ok(());
        };
        let mut extra = self.driver.count().await?.saturating_sub(max);
        for which in [Which::Soonest, Which::Lasting] {
            while extra > 0 {
                let removed = self.driver.remove(which, extra.min(BATCH)).await?;
                if removed == 0 {
                    break;
                }
                extra = extra.saturating_sub(removed);
            }
        }
        Ok(())
    }

    /// Begins a sweep when it is time for one and none is under way: with the first write, for programs that never reach the
    /// next, and then after every so many.
    fn wrote(self: Arc<Self>, rows: u64) {
        let before = self.writes.fetch_add(rows, Ordering::Relaxed);
        if before != 0 && before / EVERY == (before + rows) / EVERY {
            return;
        }
        if let Ok(alone) = self.sweeping.clone().try_lock_owned() {
            tokio::spawn(async move {
                // One that fails leaves rows that read as absent anyway, to the next.
                let _ = self.sweep().await;
                drop(alone);
            });
        }
    }
}

impl<D: Driver> Store for Table<D> {
    async fn get(&self, keys: &[&[u8]]) -> Result<Answer> {
        if keys.is_empty() {
            return Ok(Answer::default());
        }
        let keys: Vec<Vec<u8>> = keys
            .iter()
            .map(|key| fitting(key, KEY).into_owned())
            .collect();
        let shared = self.0.clone();
        runtime::run(async move {
            let rows = shared.end(async {
                shared.ready().await?;
                shared.driver.get(&distinct(&keys)).await
            });
            Ok(Answer::from(in_order(&keys, rows.await?)))
        })
        .await
    }

    async fn put(&self, puts: &[Put<'_>]) -> Result<Vec<Written>> {
        if puts.is_empty() {
            return Ok(Vec::new());
        }
        let rows: Vec<Row> = puts.iter().map(Row::new).collect();
        let shared = self.0.clone();
        runtime::run(async move {
            let count = u64::try_from(rows.len()).unwrap_or(u64::MAX);
            let written = shared.end(async {
                shared.ready().await?;
                // What the server takes is known when it has been asked.
                let groups = Groups::new(rows, shared.driver.largest());
                match shared.driver.put(&groups.rows).await {
                    Ok(written) => Ok(groups.places.told(&written)),
                    Err(error) if is_full(&error) => Ok(groups.places.told(&[])),
                    Err(error) => Err(error),
                }
            });
            let written = written.await?;
            shared.wrote(count);
            Ok(written)
        })
        .await
    }

    async fn delete(&self, keys: &[&[u8]]) -> Result<()> {
        if keys.is_empty() {
            return Ok(());
        }
        let keys: Vec<Vec<u8>> = keys
            .iter()
            .map(|key| fitting(key, KEY).into_owned())
            .collect();
        let shared = self.0.clone();
        runtime::run(async move {
            let done = shared.end(async {
                shared.ready().await?;
                shared.driver.delete(&distinct(&keys)).await
            });
            done.await
        })
        .await
    }

    async fn sweep(&self) -> Result<()> {
        let shared = self.0.clone();
        runtime::run(async move {
            let _alone = shared.sweeping.lock().await;
            shared.sweep().await.map_err(Error::store)
        })
        .await
    }
}

/// The keys, each once.
fn distinct(keys: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut seen = HashSet::new();
    let new = keys.iter().filter(|key| seen.insert(*key));
    new.cloned().collect()
}

/// What was found, once for each key that asked for it.
fn in_order(keys: &[Vec<u8>], rows: Vec<Kept>) -> Vec<Option<Found>> {
    let mut asked: HashMap<&[u8], usize> = HashMap::new();
    for key in keys {
        *asked.entry(key).or_default() += 1;
    }
    let mut found: HashMap<Vec<u8>, Found> =
        rows.into_iter().map(|row| (row.key, row.found)).collect();
    let take = |key: &Vec<u8>| {
        let left = asked.get_mut(key.as_slice())?;
        *left -= 1;
        match left {
            0 => found.remove(key),
            _ => found.get(key).cloned(),
        }
    };
    keys.iter().map(take).collect()
}
