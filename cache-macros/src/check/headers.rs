//! The rules of `#[vary_on]` and `#[never_cache]` on a handler that is not cached.

use super::vary::Vary;
use super::{FunctionPlace, Subject, handler, signature};
use crate::attr::AttributeKind;
use crate::errors::Errors;
use syn::{Path, Result};

/// A handler that is not cached, whose answers get a header.
pub(crate) struct Headers<'a> {
    /// The path of `cache_core`.
    pub(crate) runtime: Path,
    pub(crate) subject: Subject<'a>,
    pub(crate) place: FunctionPlace,
    pub(crate) vary: Vary,
    pub(crate) is_never_cached: bool,
}

/// Checks a handler that is not cached.
pub(crate) fn check(
    kind: AttributeKind,
    (vary, is_never_cached, is_associated): (Vary, bool, bool),
    runtime: Path,
    subject: Subject<'_>,
) -> Result<Headers<'_>> {
    let mut errors = Errors::default();
    signature::check_head(kind, subject.function, &mut errors);
    handler::check(kind, subject, &mut errors);
    errors.finish()?;
    let place = handler::place(is_associated, subject);
    Ok(Headers {
        runtime,
        subject,
        place,
        vary,
        is_never_cached,
    })
}
