//! What the tests share.

pub mod example;
pub mod proxy;
#[cfg(unix)]
pub mod servers;

/// The README's example compiles as a user would copy it.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
