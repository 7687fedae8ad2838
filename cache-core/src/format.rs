//! What lies in a store: an entry as one run of bytes, with its value in a form that is read back only by the type that
//! wrote it.

pub(crate) mod blob;
pub(crate) mod codec;
pub(crate) mod schema;
