//! Tests in which every hit is verified.

use crate::verify::{self, InMode, Verifying};

/// Runs a future in which every hit of a cached function is verified: its body runs as well, and what it returns is compared with what is
/// kept. A hit that is **stale or under-keyed** is a panic at the call, which names the function, the key and the first difference. So
/// a test finds what no signature shows: a global or a task local that the value depends on, a forgotten invalidation, a replica that
/// lags behind.
///
/// `CACHE_VERIFY=1 cargo test` does so for all tests of a program.
///
/// A difference must stand for a second, in up to twenty runs of the body that all agree, and outlast the functions under `#[invalidates]`
/// and the batches that were under way when it was seen. What such a function reads itself is not verified, nor is a value that nobody can
/// compare: by `PartialEq` or by the bytes that a store would keep; pages are compared by their `ETag`, or by status, body and `Location`.
/// What differs by chance, such as a random number, is counted as `impure` and no fault; what is only older than its ttl allows, or than
/// that of a part without names, is counted as `aged`. A run that fails or takes longer than its callers would wait, ten seconds at most, says
/// nothing, and neither does an error that is kept. An outcome that `unless` does not keep is compared: so a record shows that was deleted.
///
/// Bodies run in debug builds alone, unless the attribute says `verify = …`; they run with copies of the arguments, so that calls with an
/// argument that is not `Clone` are not verified, and nobody keeps what they load. `verify = false` leaves a function out whose body must
/// not run so often.
///
/// Tasks that the future spawns are outside.
///
/// # Panics
///
/// If a hit is stale or under-keyed.
///
/// ```should_panic
/// use std::sync::atomic::{AtomicU64, Ordering};
///
/// static RATE: AtomicU64 = AtomicU64::new(2);
///
/// #[cache_core::cached]
/// async fn price(n: u64) -> u64 {
///     n * RATE.load(Ordering::Relaxed)
/// }
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// cache_core::testing::verify(async {
///     price(7).await;
///     RATE.store(3, Ordering::Relaxed);
///     price(7).await; // stale or under-keyed hit: price, key `(7)`: kept is `14`, and the body returns `21`
/// })
/// .await;
/// # });
/// ```
pub async fn verify<F: Future>(work: F) -> F::Output {
    InMode::new(Verifying::Everything, work).await
}

/// [`verify`] for code that is not async.
///
/// # Panics
///
/// If a hit is stale or under-keyed.
pub fn verify_blocking<R>(work: impl FnOnce() -> R) -> R {
    let _verifying = verify::enter(Verifying::Everything);
    work()
}
