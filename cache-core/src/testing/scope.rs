//! Caches of a test's own.

use crate::caches::Caches;
use crate::scope::{self, InScope, Scope};

/// Runs a future with caches of its own, in place of the installed ones: two tests, or two applications in one process, do
/// not see each other's values.
///
/// All annotated functions and pages that the future calls use these caches, those too that keep their values for themselves,
/// and so do their handles, [`cache`](crate::cache), [`caches`](crate::caches), [`batch`](crate::batch) and invalidations. A
/// name that a function gives by `cache = "…"` and that is not among these stands for the default one. Counters such as
/// `f::stats().hits` count for the whole process.
///
/// What the future spawns, and closures that it sends to other threads, are outside of the scope: [`in_scope`] carries it into a
/// task. Nothing has to be installed. What was given to a scope stays until the process ends, its stores too.
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
    InScope::new(Some(Scope::new(caches)), work).await
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
    scope::run(Some(Scope::new(caches)), work)
}

/// A future that runs in the scope of the caller, wherever it is polled: for what a test spawns.
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
