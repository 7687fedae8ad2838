//! What the tests share.

pub mod example;
pub mod proxy;
mod runs;
#[cfg(unix)]
pub mod servers;

pub use self::runs::Runs;

/// The README's example compiles as a user would copy it.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
