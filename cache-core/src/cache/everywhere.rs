//! Invalidations that return when no process uses an older value.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use super::Cache;
use crate::error::Result;
use crate::rule::{self, Rule};
use crate::wait::pause;

/// What the clocks of two processes may differ by over the time that is waited: one part in so many.
const DRIFT: u32 = 100;
/// The most by which the coarse clocks of two processes lag behind, together.
const CLOCK_LAG: Duration = Duration::from_millis(20);

/// An invalidation, which is sent when it is awaited.
#[must_use = "an invalidation is sent when it is awaited"]
pub struct PendingInvalidation<'c> {
    sent: Pin<Box<dyn Future<Output = Result<()>> + Send + 'c>>,
    /// How long other processes may use copies after the stores have acknowledged it.
    lag: Duration,
}

impl<'c> PendingInvalidation<'c> {
    pub(crate) fn new<'a>(
        caches: impl IntoIterator<Item = &'a Cache>,
        sent: impl Future<Output = Result<()>> + Send + 'c,
    ) -> Self {
        let lags = caches.into_iter().map(Cache::lag);
        Self {
            lag: lags.max().unwrap_or_default(),
            sent: Box::pin(sent),
        }
    }

    /// Sends it, and waits until no process uses an older value any more: once the stores have acknowledged it, for as long as
    /// a copy may be used in a process that does not hear of it. That is the larger of the cache's `near_ttl` and, where the
    /// store reports changes, two seconds. A cache without a store does not wait.
    ///
    /// A call that begins after it has returned gets no older value, in any process, even one that was stopped or cut off. If this
    /// future is dropped while it waits, the invalidation has been sent.
    ///
    /// All processes must have the same `near_ttl`. It does **not** hold for:
    ///
    /// - a machine that is suspended, or paused by its hypervisor, while others wait: its clock stands still;
    /// - a store whose primary is cut off from some processes and goes on to answer them, until that has ended, and one that loses
    ///   what it has acknowledged and does not report it;
    /// - calls that began before it returned, and what is made of their values outside of a cache;
    /// - caches without a store in other processes, and functions without `key` or `cache` there, except as far as their values are
    ///   made of values of this cache.
    ///
    /// ```
    /// # async fn example(cache: cache_core::Cache) -> cache_core::Result<()> {
    /// cache.invalidate_tag("prices").everywhere().await?;
    /// // From here on, every process sells at the new prices.
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If a store could not be reached: the invalidation is done here, and is not confirmed elsewhere. It is sent again behind
    /// the caller; to call this once more is harmless, and says when it has arrived.
    pub async fn everywhere(self) -> Result<()> {
        self.sent.await?;
        if !self.lag.is_zero() && !rule::is_left_out(Rule::EverywhereWaits) {
            let margin = self.lag / DRIFT + CLOCK_LAG;
            let margin = rule::asks_for(Rule::EverywhereMargin, margin, Duration::ZERO);
            pause(self.lag.saturating_add(margin)).await;
        }
        Ok(())
    }
}

impl Future for PendingInvalidation<'_> {
    type Output = Result<()>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.sent.as_mut().poll(context)
    }
}

impl std::fmt::Debug for PendingInvalidation<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("PendingInvalidation")
            .field("lag", &self.lag)
            .finish_non_exhaustive()
    }
}

impl Cache {
    /// How long a process may use a copy that the store would not confirm any more.
    pub(super) fn lag(&self) -> Duration {
        match self.far() {
            Some(far) => self.0.near_ttl.max(far.session()),
            None => Duration::ZERO,
        }
    }
}
