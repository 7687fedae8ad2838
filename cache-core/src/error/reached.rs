//! Results of writes that may be dropped.

use super::Result;

/// The result of an invalidation.
///
/// In this process the invalidation has taken effect when the call returns. You may drop the result: an invalidation that could
/// not reach a store is sent later, and until then the store is not read. [`into_result`](Invalidated::into_result) returns the error.
#[derive(Debug)]
pub struct Invalidated(Result<()>);

impl From<Result<()>> for Invalidated {
    fn from(reached: Result<()>) -> Self {
        Self(reached)
    }
}

impl Invalidated {
    /// Returns the error if a store could not be reached.
    ///
    /// # Errors
    ///
    /// If a store could not be reached.
    pub fn into_result(self) -> Result<()> {
        self.0
    }
}

/// The result of a value's `set` by the handle of a function.
///
/// You may drop it: a value that the store did not take is kept nowhere, and the next call loads.
/// [`into_result`](Self::into_result) returns the error.
#[derive(Debug)]
pub struct Stored(Result<()>);

impl From<Result<()>> for Stored {
    fn from(stored: Result<()>) -> Self {
        Self(stored)
    }
}

impl Stored {
    /// Returns the error if the value was not stored.
    ///
    /// # Errors
    ///
    /// If the store of the cache did not take it. A function without a store returns no error.
    pub fn into_result(self) -> Result<()> {
        self.0
    }
}
