//! Tests in which every hit is verified.

use crate::verify::{self, InMode, Verifying};

/// Runs a future in which every hit of a cached function is verified: its body runs as well, and what it returns is compared with what is
/// kept. A hit that is **stale or under-keyed** is a panic at the call, which names the function, the key and the first difference. So
/// a test finds what no signature shows: a global or a task local that the value depends on, a forgotten invalidation, a replica that
/// lags behind.
///
/// `CACHE_VERIFY=1 cargo test` does so for all tests of a program.
///
/// A difference must stand for a second, in two runs of the body that agree, while no function under `#[invalidates]` and no batch is
/// under way. What such a function reads itself is not verified, nor is a value that nobody can compare: by `PartialEq`, by the bytes
/// that a store would keep, or by the `ETag` of a page. What differs each time, such as a random number, is counted as `impure` and no fault; what is only older than its ttl
/// allows is counted as `aged`. Bodies run in debug builds alone, unless the attribute says `verify = …`; they run with copies of the
/// arguments, so that calls with an argument that is not `Clone` are not verified. `verify = false` leaves a function out whose body must
/// not run twice.
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
