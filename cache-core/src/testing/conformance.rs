//! What every store must do, as checks that anyone can run on a store of theirs.

use std::fmt::Write;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use self::room::{Room, Verdict};
use self::threads::{at, said};
use crate::clock;
use crate::store::{AnyStore, Store};

mod cache;
mod room;
mod store;
#[cfg(test)]
mod tests;
mod threads;

/// A promise, and how it is checked.
type Check = (&'static str, fn(Arc<Room>) -> CheckRun);
type CheckRun = Pin<Box<dyn Future<Output = Verdict> + Send>>;

/// What no check takes even on a store that is slow.
const LIMIT: Duration = Duration::from_secs(120);

/// Checks a store against the contract of [`Store`], then what a [`Cache`](crate::Cache) over it promises, and panics with
/// the list of the promises that are broken.
///
/// It runs in real time for some twenty seconds, on any executor, and calls the store from threads of its own as well. The
/// store need not be empty: all keys begin with a prefix that nobody else uses, and are deleted afterwards. It should have
/// room for some thousand entries and 32 MB; it may refuse single values from 1 MB on.
///
/// # Panics
///
/// If the store breaks a promise, fails a call, or does not answer for two minutes.
///
/// ```no_run
/// use cache_core::store::MemoryStore;
/// use cache_core::testing::conformance;
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// conformance(MemoryStore::bounded(10_000, 64 << 20)).await;
/// # });
/// ```
pub async fn conformance(store: impl Store) {
    let store: Arc<dyn AnyStore> = Arc::new(store);
    let broken = broken(&store, store::CHECKS).await + &broken(&store, cache::CHECKS).await;
    assert!(
        broken.is_empty(),
        "the store breaks its contract:{broken}\n({store:?})"
    );
}

/// The promises that the store breaks, a line each.
async fn broken(store: &Arc<dyn AnyStore>, checks: &[Check]) -> String {
    let mut broken = String::new();
    for (promise, check) in checks {
        let room = Arc::new(Room::new(store.clone()));
        let verdict = guarded(check(room.clone())).await;
        let cleared = guarded(Box::pin(async move { room.clear().await })).await;
        if let Err(fault) = verdict.and(cleared) {
            let _ = write!(broken, "\n- {promise}: {fault}");
        }
    }
    broken
}

/// Runs a check to its end, to its panic, or to the limit.
async fn guarded(mut check: CheckRun) -> Verdict {
    let end = clock::now().after(LIMIT);
    let mut late = Box::pin(at(end));
    std::future::poll_fn(move |context| {
        let polled = catch_unwind(AssertUnwindSafe(|| check.as_mut().poll(context)));
        match polled {
            Ok(Poll::Ready(verdict)) => Poll::Ready(verdict),
            Err(panic) => Poll::Ready(Err(said(&*panic))),
            Ok(Poll::Pending) => late
                .as_mut()
                .poll(context)
                .map(|()| Err(format!("no answer within {LIMIT:?}"))),
        }
    })
    .await
}
