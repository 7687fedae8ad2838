//! Waiting in tests, bounded.

use std::time::Duration;

use tokio::sync::Semaphore;

/// How long a test waits, in real time, for something that should happen at once: ample on a busy machine.
pub const BOUND: Duration = Duration::from_secs(60);

/// Holds bodies back until a test lets them pass.
#[derive(Debug)]
pub struct Gate(Semaphore);

impl Gate {
    /// Returns a closed gate.
    pub const fn closed() -> Self {
        Self(Semaphore::const_new(0))
    }

    /// Waits until one more may pass.
    ///
    /// # Panics
    ///
    /// Never: the gate is not taken down.
    pub async fn pass(&self) {
        self.0.acquire().await.expect("never closed").forget();
    }

    /// Lets this many pass.
    pub fn let_go(&self, bodies: usize) {
        self.0.add_permits(bodies);
    }
}

/// Lets other tasks run until `is` holds.
///
/// # Panics
///
/// Panics if it does not hold within [`BOUND`].
pub async fn until(mut is: impl FnMut() -> bool) {
    within(async {
        while !is() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

/// Returns the output of a future that should end soon.
///
/// # Panics
///
/// Panics if it does not end within [`BOUND`].
pub async fn within<T>(future: impl Future<Output = T>) -> T {
    let output = tokio::time::timeout(BOUND, future).await;
    output.expect("the future should have ended long ago: something hangs")
}
