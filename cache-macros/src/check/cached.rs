//! The rules of `#[cached]`, and of `#[cache_put]`, which stores values for other functions.

use super::inputs::Inputs;
use super::key::{self, CheckedKey};
use super::{
    FunctionPlace, Subject, Tags, arguments, capacity, outcome, replaces, signature, stale, tags,
};
use crate::attr::{Arguments, AttributeKind};
use crate::errors::Errors;
use crate::signature::Boxed;
use syn::{Ident, Path, Result, Type};

/// A function that has passed the rules.
pub(crate) struct CachedFunction<'a> {
    pub(crate) kind: AttributeKind,
    /// The path of `cache_core`.
    pub(crate) runtime: Path,
    pub(crate) subject: Subject<'a>,
    pub(crate) place: FunctionPlace,
    pub(crate) inputs: Inputs<'a>,
    pub(crate) key: CheckedKey,
    pub(crate) tags: Tags,
    /// Whether the values are in a shared cache.
    pub(crate) is_shared: bool,
    /// The future inside, if the function has the form that `async_trait` gives it.
    pub(crate) boxed: Option<Boxed>,
    pub(crate) arguments: Arguments,
}

impl CachedFunction<'_> {
    /// Whether it is async.
    pub(crate) fn is_async(&self) -> bool {
        self.subject.function.is_async() || self.boxed.is_some()
    }

    /// The type of the returned or awaited value, if one is written.
    pub(crate) fn output(&self) -> Option<&Type> {
        self.boxed.as_ref().map_or_else(
            || self.subject.function.output(),
            |boxed| Some(&boxed.output),
        )
    }
}

/// Checks a function under `#[cache_put]`.
pub(crate) fn check_put<'a>(
    name: &Ident,
    arguments: Arguments,
    runtime: Path,
    subject: Subject<'a>,
) -> Result<CachedFunction<'a>> {
    if arguments.key.is_none() {
        return Err(syn::Error::new_spanned(
            name,
            "`#[cache_put]` needs the key under which others find what it stores, as in `key = \"post:{post.slug}\"`",
        ));
    }
    check(AttributeKind::CachePut, arguments, runtime, subject)
}

/// Checks a function under `#[cached]`, or one that has a key under `#[cache_put]`.
pub(crate) fn check(
    kind: AttributeKind,
    arguments: Arguments,
    runtime: Path,
    subject: Subject<'_>,
) -> Result<CachedFunction<'_>> {
    let mut errors = Errors::default();
    let function = subject.function;
    let boxed = function.boxed_async();
    let place = if kind == AttributeKind::CachePut {
        FunctionPlace::Trait
    } else {
        place(&arguments, subject, boxed.as_ref())
    };
    let inputs = Inputs {
        borrows_self: place != FunctionPlace::Trait,
        ..Inputs::of(function)
    };

    signature::check_head(kind, function, &mut errors);
    signature::check_patterns(function, &mut errors);
    if let Some(output) = boxed
        .as_ref()
        .map(|boxed| &boxed.output)
        .or(function.output())
    {
        signature::check_output(subject, output, &mut errors);
    }
    arguments::check(kind, &arguments, subject, place, &mut errors);
    arguments::check_reach(&arguments, &mut errors);
    capacity::check(kind, &arguments, subject, &inputs, &mut errors);
    outcome::check(&arguments, &inputs, &mut errors);
    let is_async = function.is_async() || boxed.is_some();
    stale::check(&arguments, place, is_async, &inputs, &mut errors);
    replaces::check(&arguments, place, &inputs, &mut errors);
    let key = key::check_function(kind, &arguments, subject, &inputs, &mut errors);
    let tags = tags::check(&arguments, subject, &inputs, &mut errors);
    let is_shared = arguments.is_shared();
    if is_shared {
        check_shared(function.output(), &mut errors);
    }

    errors.finish()?;
    let key =
        key.ok_or_else(|| syn::Error::new_spanned(function.name(), "the key could not be read"))?;
    Ok(CachedFunction {
        kind,
        runtime,
        subject,
        place,
        inputs,
        key,
        tags,
        is_shared,
        boxed,
        arguments,
    })
}

/// The place of a function under `#[cached]`, as far as it is known.
pub(super) fn place(
    arguments: &Arguments,
    subject: Subject<'_>,
    boxed: Option<&Boxed>,
) -> FunctionPlace {
    let function = subject.function;
    let is_trait_impl = subject
        .block
        .is_some_and(crate::block::Block::is_trait_impl);
    if is_trait_impl || arguments.trait_impl.is_some() || boxed.is_some() {
        FunctionPlace::Trait
    } else if subject.block.is_some()
        || arguments.associated.is_some()
        || function.receiver().is_some()
        || function.speaks_of_self()
    {
        FunctionPlace::Inherent
    } else {
        FunctionPlace::Free
    }
}

fn check_shared(output: Option<&Type>, errors: &mut Errors) {
    if let Some(reference) = output.and_then(signature::static_reference) {
        errors.at(
            reference,
            "values of a shared cache are read back from bytes, and no `&'static` can be; write `local`, or return an owned value",
        );
    }
}
