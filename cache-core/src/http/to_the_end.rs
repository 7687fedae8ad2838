//! Work that is carried to its end though its client goes away.

use std::pin::Pin;
use std::task::{Context, Poll};

use crate::scope::{self, InScope, Scope};
use crate::spawn;

/// Work that goes on behind its caller where that goes away in the midst of it.
pub(crate) struct ToTheEnd<F: Future<Output: Send> + Send + 'static> {
    /// None once it has ended, or panicked.
    work: Option<Pin<Box<F>>>,
    has_begun: bool,
    scope: Option<&'static Scope>,
}

impl<F: Future<Output: Send> + Send + 'static> ToTheEnd<F> {
    pub(crate) fn of(work: F) -> Self {
        Self {
            work: Some(Box::pin(work)),
            has_begun: false,
            scope: scope::here(),
        }
    }
}

impl<F: Future<Output: Send> + Send + 'static> Future for ToTheEnd<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        self.has_begun = true;
        let mut work = self.work.take().expect("polled after its end");
        let polled = work.as_mut().poll(context);
        if polled.is_pending() {
            self.work = Some(work);
        }
        polled
    }
}

impl<F: Future<Output: Send> + Send + 'static> Drop for ToTheEnd<F> {
    fn drop(&mut self) {
        if let Some(work) = self.work.take().filter(|_| self.has_begun) {
            let work = async move { drop(work.await) };
            // Where nothing can run behind the client, it ends here.
            drop(spawn::spawn(InScope::new(self.scope, work)));
        }
    }
}
