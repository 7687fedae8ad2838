//! What a store does by itself, again and again, behind its callers.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::sleep;

use super::runtime::spawn;
use crate::clock::stopped::{self, Stopped};
use crate::clock::{self, Stopwatch};
use crate::wait::pause;

/// Calls `turn` once in each `period`, for as long as somebody has the store. Time is that of the caller: with a clock that a test turns by
/// hand, its hand brings the next turn. After a turn it rests for as long as that really took, so that it works half of the time at most.
pub(super) fn every<S, F>(
    period: Duration,
    store: &Arc<S>,
    turn: impl Fn(Arc<S>) -> F + Send + 'static,
) where
    S: Send + Sync + 'static,
    F: Future<Output = ()> + Send,
{
    let itself = Arc::downgrade(store);
    // From here, however late the task begins.
    let mut since = clock::now();
    let turns = async move {
        loop {
            pause(since.after(period).since(clock::now())).await;
            since = clock::now();
            match itself.upgrade() {
                Some(store) => {
                    let turned = Stopwatch::of_real_time();
                    turn(store).await;
                    sleep(turned.elapsed()).await;
                }
                None => return,
            }
        }
    };
    // Where the system refuses the thread, no call of the store succeeds either.
    drop(spawn(InTime {
        clock: stopped::here(),
        future: Box::pin(turns),
    }));
}

/// A future in the time of whoever has begun it.
struct InTime<F> {
    clock: Option<Arc<Stopped>>,
    future: Pin<Box<F>>,
}

impl<F: Future> Future for InTime<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let clock = self.clock.clone();
        let _entered = clock.as_ref().map(Stopped::enter);
        self.future.as_mut().poll(context)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use tokio::sync::{Semaphore, mpsc};
    use tokio::time::timeout;

    use super::*;
    use crate::testing::Clock;

    const PERIOD: Duration = Duration::from_secs(60);
    const SOON: Duration = Duration::from_secs(20);

    #[tokio::test]
    async fn time_that_passes_during_a_turn_brings_the_next() {
        let clock = Clock::freeze();
        let (begun, mut turns) = mpsc::unbounded_channel();
        let go_on = Arc::new(Semaphore::new(0));
        let store = Arc::new(());
        let own = go_on.clone();
        every(PERIOD, &store, move |_store| {
            let (begun, own) = (begun.clone(), own.clone());
            async move {
                begun.send(()).unwrap();
                own.acquire().await.unwrap().forget();
            }
        });
        clock.advance(PERIOD);
        timeout(SOON, turns.recv()).await.expect("a turn").unwrap();
        clock.advance(PERIOD);
        go_on.add_permits(1);
        timeout(SOON, turns.recv()).await.expect("another").unwrap();
        go_on.add_permits(1);
    }

    #[tokio::test]
    async fn time_that_passes_before_the_first_pause_counts() {
        let clock = Clock::freeze();
        let busy = Arc::new(Barrier::new(2));
        let until_free = busy.clone();
        spawn(async move { until_free.wait() }).unwrap();
        let (begun, mut turns) = mpsc::unbounded_channel();
        let store = Arc::new(());
        every(PERIOD, &store, move |_store| {
            let begun = begun.clone();
            async move { begun.send(()).unwrap() }
        });
        clock.advance(PERIOD);
        busy.wait();
        timeout(SOON, turns.recv()).await.expect("a turn").unwrap();
    }
}
