//! What passes under a guard.

use super::guard::CodecGuard;

/// A value, or any of serde's parties to writing and reading it, that reports to a guard what passes through it.
pub(super) struct UnderGuard<'g, 'n, T> {
    pub(super) inner: T,
    pub(super) guard: &'g CodecGuard<'n>,
}

impl<'g, 'n, T> UnderGuard<'g, 'n, T> {
    pub(super) fn new(inner: T, guard: &'g CodecGuard<'n>) -> Self {
        Self { inner, guard }
    }
}
