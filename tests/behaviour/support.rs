//! Common parts of the modules: counted runs, waiting, the installed caches.

use std::sync::{Once, mpsc};

use cache_core::testing::Clock;
use cache_core::{Cache, Caches};

use cache_tests::BOUND;
pub(crate) use cache_tests::{Gate, Runs, until, within};

/// Returns the result of a function that should end soon. It runs on a thread of its own, where time stands still, so that a wait
/// for a later moment never ends.
pub(crate) fn on_thread<T: Send + 'static>(body: impl FnOnce() -> T + Send + 'static) -> T {
    let (ended, end) = mpsc::channel();
    let thread = std::thread::spawn(move || {
        let _clock = Clock::freeze();
        let output = body();
        // The receiver is only gone if the test has failed.
        let _ = ended.send(());
        output
    });
    match end.recv_timeout(BOUND) {
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("it should have ended long ago: it hangs"),
        Ok(()) | Err(mpsc::RecvTimeoutError::Disconnected) => match thread.join() {
            Ok(output) => output,
            Err(panic) => std::panic::resume_unwind(panic),
        },
    }
}

/// Installs the caches that the tests name. Every test calls it first: the first cached call would install the default.
pub(crate) fn installed() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let caches = Caches::new()
            .with("default", Cache::memory(10_000))
            .with("pairs", Cache::memory(2))
            // Each for a test that clears it.
            .with("emptied", Cache::memory(100))
            .with("emptied with others", Cache::memory(100))
            .with("emptied during a load", Cache::memory(100))
            .with("brief", Cache::builder().ttl("1m").build())
            .with("none", Cache::builder().ttl(0).build());
        cache_core::install(caches).expect("installed once, before any use");
    });
}
