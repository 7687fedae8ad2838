//! Caches of a test's own.

use crate::caches::Caches;
use crate::scope::{self, InScope};

/// Runs a future with these caches instead of the installed ones: two tests, or two applications in one process, do
/// not see each other's values.
///
/// All annotated functions and pages that the future calls use these caches, including functions that have a cache of their own,
/// and so do their handles, [`cache`](crate::cache), [`caches`](crate::caches), [`batch`](crate::batch) and invalidations. If a
/// function names a cache with `cache = "…"` that is not among these, it uses the default one. Counters such as
/// `f::stats().hits` count for the whole process.
///
/// Tasks that the future spawns, and closures that it sends to other threads, are outside the scope: use [`in_scope`] for
/// tasks. No caches need to be installed. The caches of a scope, and their stores, are never dropped: they stay until the process
/// ends.
///
/// ```
/// use cache_core::{Caches, cached, testing};
///
/// #[cached]
/// async fn answer(n: u64) -> u64 {
///     n
/// }
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// testing::scope(Caches::new(), async {
///     answer(1).await;
///     assert_eq!(answer::peek(&1).await, Some(1));
/// })
/// .await;
/// assert_eq!(answer::peek(&1).await, None);
/// # });
/// ```
pub async fn scope<F: Future>(caches: Caches, work: F) -> F::Output {
    InScope::new(Some(caches.into_scope()), work).await
}

/// [`scope`] for code that is not async.
///
/// ```
/// use cache_core::{Caches, cached, testing};
///
/// #[cached]
/// fn answer(n: u64) -> u64 {
///     n
/// }
///
/// testing::scope_blocking(Caches::new(), || {
///     answer(1);
///     assert_eq!(answer::peek(&1), Some(1));
/// });
/// assert_eq!(answer::peek(&1), None);
/// ```
pub fn scope_blocking<R>(caches: Caches, work: impl FnOnce() -> R) -> R {
    scope::run(Some(caches.into_scope()), work)
}

/// Returns a future that runs in the scope of the caller, wherever it is polled: for tasks that a test spawns.
///
/// ```
/// use cache_core::{Caches, cached, testing};
///
/// #[cached]
/// async fn answer(n: u64) -> u64 {
///     n
/// }
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// testing::scope(Caches::new(), async {
///     let task = tokio::spawn(testing::in_scope(answer(1)));
///     task.await.unwrap();
///     assert_eq!(answer::peek(&1).await, Some(1));
/// })
/// .await;
/// # });
/// ```
pub fn in_scope<F: Future>(future: F) -> InScope<F> {
    InScope::new(scope::here(), future)
}
