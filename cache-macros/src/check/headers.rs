//! The rules of the attributes about header fields, on a handler that is not cached.

use super::inputs::Inputs;
use super::vary::Vary;
use super::{
    CheckedConditional, FunctionPlace, Subject, cache_control, conditional, handler, signature,
};
use crate::attr::{AttributeKind, CacheControlArguments};
use crate::errors::Errors;
use crate::framework::WebFramework;
use crate::merge::Merged;
use syn::{Path, Result};

/// A handler that is not cached, whose answers get a header.
pub(crate) struct Headers<'a> {
    /// The path of `cache_core`.
    pub(crate) runtime: Path,
    pub(crate) framework: WebFramework,
    pub(crate) subject: Subject<'a>,
    pub(crate) place: FunctionPlace,
    pub(crate) inputs: Inputs<'a>,
    pub(crate) vary: Vary,
    pub(crate) is_never_cached: bool,
    pub(crate) told: Option<CacheControlArguments>,
    pub(crate) conditional: Option<CheckedConditional>,
}

/// Checks a handler that is not cached.
pub(crate) fn check<'a>(
    kind: AttributeKind,
    merged: &Merged,
    vary: Vary,
    (runtime, framework): (Path, WebFramework),
    subject: Subject<'a>,
) -> Result<Headers<'a>> {
    let mut errors = Errors::default();
    signature::check_head(kind, subject.function, &mut errors);
    handler::check(kind, subject, &mut errors);
    let inputs = Inputs::of(subject.function);
    let told = merged.cache_control.as_ref().map(|(_, said)| said);
    if let Some(said) = told {
        cache_control::check(said, &mut errors);
        cache_control::check_handler(said, &vary, &mut errors);
    }
    let reads_arguments = told.is_some_and(|said| said.computed().next().is_some());
    let is_deferred = reads_arguments || framework.answers_to_a_request();
    if is_deferred && merged.conditional.is_none() {
        handler::check_arguments(&inputs, &mut errors);
    }
    let conditional = merged.conditional.as_ref();
    let conditional =
        conditional.map(|(_, said)| conditional::check(said, subject, &inputs, &mut errors));
    errors.finish()?;
    let place = handler::place(merged.is_associated(), subject);
    Ok(Headers {
        runtime,
        framework,
        subject,
        place,
        inputs,
        vary,
        is_never_cached: merged.never_cache.is_some(),
        told: told.cloned(),
        conditional,
    })
}
