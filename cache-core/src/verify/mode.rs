//! Futures and runs that verify their hits in another way than the code around them.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use super::{Verifying, enter};
use crate::context::request::{self, InRequest};
use crate::context::{self, InLoad, LoadDeps};
use crate::wait::pause;

/// A future, every poll of which verifies its hits in this way.
pub(crate) struct InMode<F> {
    how: Verifying,
    future: Pin<Box<F>>,
}

impl<F> InMode<F> {
    pub(crate) fn new(how: Verifying, future: F) -> Self {
        Self {
            how,
            future: Box::pin(future),
        }
    }
}

impl<F: Future> Future for InMode<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let _former = enter(self.how);
        self.future.as_mut().poll(context)
    }
}

/// A run that verifies. It belongs to a load whose value nobody keeps and to no request: what it finds is no part of the value that its
/// caller makes, and what it asks of caches is not what the caller's request has asked.
pub(crate) fn apart(run: &mut dyn FnMut()) {
    let _former = enter(Verifying::Nothing);
    let _load = context::enter(None, &Arc::new(LoadDeps::of_shadow()));
    request::run(None, run);
}

/// [`apart`], awaited.
async fn apart_async<F: Future>(run: F) -> F::Output {
    let run = InLoad::new(None, &Arc::new(LoadDeps::of_shadow()), None, run);
    InMode::new(Verifying::Nothing, InRequest::new(None, run)).await
}

/// What a run that verifies returns; `None` if it panics, or is not through after `limit`: somebody may wait for it who has his value.
pub(crate) async fn shadow<F: Future>(body: F, limit: Duration) -> Option<F::Output> {
    let (mut run, mut end) = (pin!(apart_async(body)), pin!(pause(limit)));
    let poll = |context: &mut Context<'_>| match catch_unwind(AssertUnwindSafe(|| {
        run.as_mut().poll(context)
    })) {
        Ok(Poll::Pending) => end.as_mut().poll(context).map(|()| None),
        Ok(polled) => polled.map(Some),
        Err(_panic) => Poll::Ready(None),
    };
    poll_fn(poll).await
}
