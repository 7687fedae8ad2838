//! What a load that runs apart from its caller leaves for it.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use crate::wait::WaitCell;

type Panic = Box<dyn Any + Send>;

/// What a load came to, or its panic.
pub(super) type LoadAnswer<T> = Result<T, Panic>;

/// Where a load leaves its outcome for its caller.
pub(crate) struct Reply<T>(pub(super) Arc<WaitCell<Option<LoadAnswer<T>>>>);

impl<T> Reply<T> {
    /// Runs a body. What it panics with goes to the caller, if there is one, and on.
    pub(crate) fn catch<R>(reply: Option<&Self>, body: impl FnOnce() -> R) -> R {
        let Some(reply) = reply else { return body() };
        catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|panic| reply.panicked(panic))
    }

    /// [`catch`](Self::catch) of a future.
    pub(crate) async fn catch_async<R>(reply: Option<&Self>, body: impl Future<Output = R>) -> R {
        let Some(reply) = reply else {
            return body.await;
        };
        let ended = Caught(pin!(body)).await;
        ended.unwrap_or_else(|panic| reply.panicked(panic))
    }

    /// Gives the caller its answer, if there is a caller.
    pub(crate) fn give(reply: Option<Self>, answer: T) {
        if let Some(reply) = reply {
            reply.0.update(|there| *there = Some(Ok(answer)));
        }
    }

    /// The load ends as it would without a caller.
    fn panicked(&self, panic: Panic) -> ! {
        self.0.update(|there| *there = Some(Err(panic)));
        resume_unwind(Box::new("the caller has the panic of this load"))
    }
}

impl<T> Drop for Reply<T> {
    /// A load that is dropped before its end, as by a runtime that shuts down, leaves nobody waiting.
    fn drop(&mut self) {
        self.0.update(|there| {
            there.get_or_insert_with(|| Err(Box::new("the load was dropped before its end")));
        });
    }
}

/// A future whose panic is an error.
pub(crate) struct Caught<F>(pub(crate) F);

impl<F: Future + Unpin> Future for Caught<F> {
    type Output = Result<F::Output, Panic>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let poll = || Pin::new(&mut self.0).poll(context);
        match catch_unwind(AssertUnwindSafe(poll)) {
            Ok(poll) => poll.map(Ok),
            Err(panic) => Poll::Ready(Err(panic)),
        }
    }
}
