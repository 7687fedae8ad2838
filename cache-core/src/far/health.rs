//! How a store does.

use std::time::Duration;

use super::Far;
use crate::clock;
use crate::stats::Timings;

/// How the store of a cache does, as this process sees it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StoreHealth {
    /// Its address, without credentials.
    pub address: String,
    /// Whether it is called.
    pub breaker: Breaker,
    /// The last error, and how long ago it was.
    pub last_error: Option<(String, Duration)>,
    /// How many deletes it has not heard of yet. While there are any, this process does not use what it has.
    pub undelivered: usize,
    /// How long calls took, those that failed included.
    pub latency: Timings,
}

/// The state of the circuit breaker of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Breaker {
    /// The store is called.
    Closed,
    /// It kept failing, and is left alone for a while.
    Open,
    /// It was left alone; the next call is to show whether it answers.
    HalfOpen,
}

impl Breaker {
    /// Its name on the dashboard.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half-open",
        }
    }
}

impl Far {
    /// Whether there are deletes that it has not heard of yet.
    #[cfg(not(cache_loom))]
    pub(crate) fn has_undelivered(&self) -> bool {
        self.undelivered.count() > 0
    }

    /// How the store does.
    pub(crate) fn health(&self) -> StoreHealth {
        let last_error = self.last_error.lock().clone();
        StoreHealth {
            address: self.label.address().to_owned(),
            breaker: self.breaker.state(),
            last_error: last_error.map(|(text, at)| (text, clock::now().since(at))),
            undelivered: self.undelivered.count(),
            latency: self.latency.read(),
        }
    }
}
