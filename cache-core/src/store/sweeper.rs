//! What a store does by itself, again and again, behind its callers.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use super::runtime::spawn;
use crate::clock::stopped::{self, Stopped};
use crate::wait::pause;

/// Calls `turn` after each `period`, for as long as somebody has the store. Time is that of the caller: with a clock that a
/// test turns by hand, its hand brings the next turn.
pub(super) fn every<S, F>(
    period: Duration,
    store: &Arc<S>,
    turn: impl Fn(Arc<S>) -> F + Send + 'static,
) where
    S: Send + Sync + 'static,
    F: Future<Output = ()> + Send,
{
    let itself = Arc::downgrade(store);
    let turns = async move {
        loop {
            pause(period).await;
            match itself.upgrade() {
                Some(store) => turn(store).await,
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
