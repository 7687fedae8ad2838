//! What RFC 9110, 9111, 5861, 9213 and 9875 say of caches, as pure functions: what may be stored, for how long it is fresh, and whether it
//! may answer a request.

#[cfg(feature = "layer")]
pub(crate) mod policy;

pub(crate) mod methods;

pub(crate) mod directives;
#[cfg(feature = "layer")]
pub(crate) mod targeted;

#[cfg(feature = "layer")]
pub(crate) mod groups;

#[cfg(feature = "layer")]
pub(crate) mod statuses;

#[cfg(feature = "layer")]
pub(crate) mod lifetime;
#[cfg(feature = "layer")]
pub(crate) mod selecting;

#[cfg(feature = "layer")]
pub(crate) mod storing;

#[cfg(feature = "layer")]
pub(crate) mod reuse;

pub(crate) mod fields;
#[cfg(feature = "layer")]
pub(crate) mod range;
