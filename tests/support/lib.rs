//! The common parts of the tests.

#[cfg(unix)]
pub mod browser;
pub mod example;
pub mod grafana;
pub mod proxy;
mod runs;
#[cfg(unix)]
pub mod servers;
mod waits;

pub use self::runs::Runs;
pub use self::waits::{BOUND, Gate, until, within};

/// The README's example compiles as a user would copy it.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
