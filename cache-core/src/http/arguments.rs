//! What the arguments of a page may read, checked by type while it is built.

pub mod complete;
#[cfg(any(feature = "axum", feature = "actix"))]
pub(crate) mod guards;
pub(crate) mod inputs;
#[cfg(any(feature = "axum", feature = "actix"))]
pub(crate) mod lists;
pub(crate) mod reads;
