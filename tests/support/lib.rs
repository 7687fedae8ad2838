//! What the tests share.

pub mod example;
