//! Caching for web handlers and functions.
#[cfg(feature = "axum")]
pub mod axum;
#[cfg(feature = "http")]
pub mod http;
pub use http::inputs::{PageInput, VariedInput};
