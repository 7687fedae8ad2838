//! What the modules share: counted runs, gates, bounds on waiting, the installed caches.

use std::sync::{Once, mpsc};
use std::time::Duration;

use cache_core::testing::Clock;
use cache_core::{Cache, Caches};
use tokio::sync::Semaphore;

pub(crate) use cache_tests::Runs;

/// How long a test waits for what should come at once, in real time: ample on a busy machine.
const BOUND: Duration = Duration::from_secs(60);

/// Holds bodies back until a test lets them go.
pub(crate) struct Gate(Semaphore);

impl Gate {
    pub(crate) const fn closed() -> Self {
        Self(Semaphore::const_new(0))
    }

    pub(crate) async fn pass(&self) {
        self.0.acquire().await.expect("never closed").forget();
    }

    pub(crate) fn let_go(&self, bodies: usize) {
        self.0.add_permits(bodies);
    }
}

/// Lets other tasks run until `is` holds.
pub(crate) async fn until(mut is: impl FnMut() -> bool) {
    within(async {
        while !is() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

/// The output of a future that should come soon.
pub(crate) async fn within<T>(future: impl Future<Output = T>) -> T {
    let output = tokio::time::timeout(BOUND, future).await;
    output.expect("it should have come long ago: somebody hangs")
}

/// The result of a function that should end soon, on a thread of its own, where time stands still: who waits there until a
/// moment comes waits for ever.
pub(crate) fn on_thread<T: Send + 'static>(body: impl FnOnce() -> T + Send + 'static) -> T {
    let (ended, end) = mpsc::channel();
    let thread = std::thread::spawn(move || {
        let _clock = Clock::freeze();
        let output = body();
        // The receiver is gone only if the bound is over, and then the test has failed.
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
            // Each for the one test that empties it.
            .with("emptied", Cache::memory(100))
            .with("emptied with others", Cache::memory(100))
            .with("emptied during a load", Cache::memory(100))
            .with("brief", Cache::builder().ttl("1m").build())
            .with("none", Cache::builder().ttl(0).build());
        cache_core::install(caches).expect("installed once, before any use");
    });
}
