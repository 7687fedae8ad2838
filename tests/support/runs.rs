//! How often a body ran.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

/// Counts the runs of a body.
#[derive(Debug, Default)]
pub struct Runs(AtomicUsize);

impl Runs {
    /// None yet.
    pub const fn new() -> Self {
        Self(AtomicUsize::new(0))
    }

    /// Counts one run, and gives its number: 1 for the first.
    pub fn run(&self) -> usize {
        self.0.fetch_add(1, SeqCst) + 1
    }

    /// How many there were.
    pub fn count(&self) -> usize {
        self.0.load(SeqCst)
    }

    /// How many runs `calls` takes.
    pub fn of<T>(&self, calls: impl FnOnce() -> T) -> usize {
        let before = self.count();
        calls();
        self.count() - before
    }
}
