//! Counting the runs of a body.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

/// Counts the runs of a body.
#[derive(Debug, Default)]
pub struct Runs(AtomicUsize);

impl Runs {
    /// Returns a counter at zero.
    pub const fn new() -> Self {
        Self(AtomicUsize::new(0))
    }

    /// Counts one run, and returns its number: 1 for the first.
    pub fn run(&self) -> usize {
        self.0.fetch_add(1, SeqCst) + 1
    }

    /// Returns the number of runs.
    pub fn count(&self) -> usize {
        self.0.load(SeqCst)
    }

    /// Returns the number of runs in `calls`.
    pub fn of<T>(&self, calls: impl FnOnce() -> T) -> usize {
        let before = self.count();
        calls();
        self.count() - before
    }
}
