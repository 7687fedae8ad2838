//! What became of a write whose error may be dropped.

use super::Result;

/// What became of an invalidation.
///
/// In this process it has taken effect when the call returns. The value may be dropped: what could not reach a store is
/// sent later, and until then the store is not read. [`into_result`](Invalidated::into_result) is for who must know.
#[derive(Debug)]
pub struct Invalidated(Result<()>);

impl From<Result<()>> for Invalidated {
    fn from(reached: Result<()>) -> Self {
        Self(reached)
    }
}

impl Invalidated {
    /// Whether everything that was to be reached has been.
    ///
    /// # Errors
    ///
    /// If a store could not be reached.
    pub fn into_result(self) -> Result<()> {
        self.0
    }
}

/// What became of a value that a handle has set by hand.
///
/// The value may be dropped: what the store of the cache did not take is kept nowhere, and the next call loads.
/// [`into_result`](Self::into_result) is for who must know.
#[derive(Debug)]
pub struct Stored(Result<()>);

impl From<Result<()>> for Stored {
    fn from(stored: Result<()>) -> Self {
        Self(stored)
    }
}

impl Stored {
    /// Whether the value was stored.
    ///
    /// # Errors
    ///
    /// If the store of the cache did not take it. A function without a store has none.
    pub fn into_result(self) -> Result<()> {
        self.0
    }
}
