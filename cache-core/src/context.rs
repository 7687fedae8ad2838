//! What this thread is loading at this moment: the flights whose load encloses the code that runs now.
//!
//! A task that moves between threads carries its list along, because the list is put in place around every poll.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

thread_local! {
    static LOADING: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

/// Whether the code that runs now is part of the load of `flight`.
pub(crate) fn is_inside(flight: usize) -> bool {
    LOADING
        .try_with(|loading| loading.borrow().contains(&flight))
        .unwrap_or(false)
}

/// Marks what runs until the guard is dropped as part of the load of `flight`.
pub(crate) fn enter(flight: usize) -> Inside {
    let _ = LOADING.try_with(|loading| loading.borrow_mut().push(flight));
    Inside(flight)
}

/// The guard of [`enter`].
pub(crate) struct Inside(usize);

impl Drop for Inside {
    fn drop(&mut self) {
        let _ = LOADING.try_with(|loading| {
            let mut loading = loading.borrow_mut();
            if let Some(at) = loading.iter().rposition(|flight| *flight == self.0) {
                loading.remove(at);
            }
        });
    }
}

/// The future of a load: every poll of it is marked as part of its flight.
pub(crate) struct InLoad<F> {
    flight: usize,
    load: Pin<Box<F>>,
}

impl<F: Future> InLoad<F> {
    pub(crate) fn new(flight: usize, load: F) -> Self {
        Self {
            flight,
            load: Box::pin(load),
        }
    }
}

impl<F: Future> Future for InLoad<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let _inside = enter(self.flight);
        self.load.as_mut().poll(context)
    }
}
