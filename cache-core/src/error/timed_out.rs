//! What a caller gets that has given up waiting for a load.

use std::fmt;
use std::time::Duration;

/// The call gave up: its load took longer than the `hard_timeout` of the function. The load goes on, and its value is kept for the next
/// call.
///
/// The error of a function with a `hard_timeout` and without a `fallback` is made of it:
///
/// ```
/// use cache_core::{TimedOut, cached};
///
/// #[derive(Clone)]
/// enum ReportError {
///     TooSlow,
/// }
///
/// impl From<TimedOut> for ReportError {
///     fn from(_: TimedOut) -> Self {
///         Self::TooSlow
///     }
/// }
///
/// #[cached(hard_timeout = "2s")]
/// fn report(year: u32) -> Result<u32, ReportError> {
///     Ok(year)
/// }
/// # assert!(report(2026).is_ok());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimedOut {
    limit: Duration,
}

impl TimedOut {
    pub(crate) fn after(limit: Duration) -> Self {
        Self { limit }
    }

    /// The `hard_timeout`, which is how long the caller has waited.
    pub fn limit(&self) -> Duration {
        self.limit
    }
}

impl fmt::Display for TimedOut {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "the load took longer than {:?}", self.limit)
    }
}

impl std::error::Error for TimedOut {}

/// A return type that a call gives which has given up waiting.
#[diagnostic::on_unimplemented(
    message = "a call gives up at its `hard_timeout`, and `{Self}` has no value for that",
    label = "what is returned at this time?",
    note = "add `fallback = …`, or return a `Result` whose error implements `From<cache_core::TimedOut>`"
)]
pub trait FromTimedOut {
    /// The return value.
    fn from_timed_out(timed_out: TimedOut) -> Self;
}

impl<T, E: From<TimedOut>> FromTimedOut for Result<T, E> {
    fn from_timed_out(timed_out: TimedOut) -> Self {
        Err(timed_out.into())
    }
}
