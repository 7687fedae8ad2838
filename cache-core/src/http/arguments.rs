//! What the arguments of a page may read, checked by type while it is built.

pub mod complete;
pub(crate) mod guards;
pub(crate) mod inputs;
pub(crate) mod lists;
pub(crate) mod reads;
