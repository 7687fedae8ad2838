//! Sweeps: with the writes, by themselves, and when somebody asks for one.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::driver::{Driver, Which};
use super::table::TableInner;
use crate::store::sweeper;

/// After so many written rows a sweep begins.
const EVERY: u64 = 1_000;

/// The longest that it takes until one does in a process that has written anything.
const PERIOD: Duration = Duration::from_secs(60);

/// So many rows go at once: their locks are held for milliseconds.
const BATCH: u64 = 1_000;

/// So many batches go in a sweep that nobody has asked for; what is left is for the next.
const BATCHES: u64 = 100;

impl<D: Driver> TableInner<D> {
    /// Removes what has expired, and what is beyond the bound.
    pub(super) async fn sweep(&self, batches: u64) -> sqlx::Result<()> {
        self.ready().await?;
        let mut left = batches;
        while left > 0 && self.driver.remove(Which::Expired, BATCH).await? == BATCH {
            left -= 1;
        }
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

    /// Begins to sweep again and again.
    pub(super) fn sweep_by_itself(self: &Arc<Self>) {
        if !self.swept.swap(true, Ordering::Relaxed) {
            sweeper::every(
                PERIOD,
                self,
                |shared| async move { shared.sweep_some().await },
            );
        }
    }

    /// Begins a sweep when it is time for one: with the first write, and then after every so many.
    pub(super) fn wrote(self: &Arc<Self>, rows: u64) {
        let before = self.writes_so_far.fetch_add(rows, Ordering::Relaxed);
        if before == 0 || before / EVERY != (before + rows) / EVERY {
            let shared = self.clone();
            tokio::spawn(async move { shared.sweep_some().await });
        }
    }

    /// One that fails leaves rows that read as absent anyway, to the next.
    async fn sweep_some(&self) {
        if let Ok(_alone) = self.sweeping.try_lock() {
            let _ = self.sweep(BATCHES).await;
        }
    }
}
