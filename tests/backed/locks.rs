//! `lock = distributed`: caches over one store, as several processes have them, and one load among them.

use std::pin::pin;
use std::time::Duration;

use cache_core::TimedOut;
use cache_core::testing::Clock;

mod crowds;
mod ends;
mod pages;
mod waits;

const STEP: Duration = Duration::from_millis(20);
const SECOND: Duration = Duration::from_secs(1);

/// Turns the clock until the future ends, and tells how much time that took.
async fn turned<F: Future>(clock: &Clock, future: F) -> (F::Output, Duration) {
    let (mut future, mut passed) = (pin!(future), Duration::ZERO);
    loop {
        // What renews and frees locks runs on a thread of its own, and gets its turn as well.
        let soon = tokio::time::timeout(Duration::from_millis(2), &mut future);
        if let Ok(output) = soon.await {
            return (output, passed);
        }
        assert!(passed < 120 * SECOND, "it hangs");
        clock.advance(STEP);
        passed += STEP;
    }
}

/// Turns the clock by this time.
async fn pass(clock: &Clock, time: Duration) {
    let mut passed = Duration::ZERO;
    while passed < time {
        clock.advance(STEP);
        passed += STEP;
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// A load that waits for the test, in processes that call it.
macro_rules! gated {
    ($ret:ty, $($argument:tt)*) => {{
        static RUNS: $crate::support::Runs = $crate::support::Runs::new();
        static GATE: $crate::support::Gate = $crate::support::Gate::closed();

        #[cache_core::cached(ttl = "1h", lock = distributed, handle = false, $($argument)*)]
        async fn value() -> $ret {
            let run = RUNS.run();
            GATE.pass().await;
            <$ret as $crate::locks::Outcome>::of_run(run)
        }

        let call: fn() -> std::pin::Pin<Box<dyn Future<Output = $ret> + Send>> = || Box::pin(value());
        (&RUNS, &GATE, call)
    }};
}
use gated;

trait Outcome {
    fn of_run(run: usize) -> Self;
}

impl Outcome for usize {
    fn of_run(run: usize) -> Self {
        run
    }
}

/// The first loads fail.
impl Outcome for Result<usize, String> {
    fn of_run(run: usize) -> Self {
        if run < 4 {
            Err(format!("run {run}"))
        } else {
            Ok(run)
        }
    }
}

impl Outcome for Result<usize, TimedOut> {
    fn of_run(run: usize) -> Self {
        Ok(run)
    }
}
