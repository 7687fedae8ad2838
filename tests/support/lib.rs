//! What the tests share.

pub mod example;

/// The README's example compiles as a user would copy it.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
