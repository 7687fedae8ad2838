//! The door for axum.
pub mod deferred;
pub mod inputs;
pub mod known;
pub mod lists;
pub mod outcome;
pub mod serve;
pub mod sources;
