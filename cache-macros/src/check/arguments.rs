//! Contradictions between arguments.

use super::surroundings::{self, EnclosingBlock};
use super::{FunctionPlace, Subject};
use crate::attr::{Arg, Arguments, AttributeKind, Handle};
use crate::errors::Errors;
use syn::Ident;

/// The contradictions that functions and pages have in common.
pub(super) fn check(
    kind: AttributeKind,
    arguments: &Arguments,
    subject: Subject<'_>,
    place: FunctionPlace,
    errors: &mut Errors,
) {
    if kind.is_primary() && subject.block.is_none() && place != FunctionPlace::Trait {
        check_surroundings(kind, subject, place, errors);
    }
    if let (Some(_), Some(trait_impl)) = (&arguments.associated, &arguments.trait_impl) {
        errors.at(
            &trait_impl.name,
            "`trait_impl` contradicts `associated`: the function stands in one `impl` or the other",
        );
    }
    for hint in [&arguments.associated, &arguments.trait_impl]
        .into_iter()
        .flatten()
    {
        if subject.block.is_some() {
            errors.at(
                &hint.name,
                format!(
                    "the attribute on the `impl` block sees that already; leave `{}` out",
                    hint.name
                ),
            );
        }
    }
    if let Some(handle) = &arguments.handle
        && place == FunctionPlace::Trait
    {
        errors.at(
            &handle.name,
            "an `impl` of a trait has no room for a handle; leave `handle` out",
        );
    }
}

/// An attribute on a function does not see the `impl` around it, so an argument must say that there is one.
fn check_surroundings(
    kind: AttributeKind,
    subject: Subject<'_>,
    place: FunctionPlace,
    errors: &mut Errors,
) {
    let is_no_handler = subject.function.receiver().is_some() && kind == AttributeKind::CachePage;
    if is_no_handler {
        return;
    }
    let around = surroundings::here().map(|here| here.block);
    let (seen, hint) = match (around, kind) {
        (Some(EnclosingBlock::TraitImpl), AttributeKind::CachePage) => {
            errors.at(
                subject.function.name(),
                format!("{kind} cannot add to an `impl` of a trait; move the handler to an `impl` of the type"),
            );
            return;
        }
        (Some(EnclosingBlock::TraitImpl), _) => ("an `impl` of a trait", "trait_impl"),
        (Some(EnclosingBlock::Impl), _) if place == FunctionPlace::Free => {
            ("an `impl`", "associated")
        }
        _ => return,
    };
    let name = kind.name();
    errors.at(
        subject.function.name(),
        format!("this function is in {seen}, which {kind} on it cannot see; write `#[{name}({hint})]`, or write {kind} on the `impl` too"),
    );
}

/// The contradictions about where the values are kept.
pub(super) fn check_reach(arguments: &Arguments, errors: &mut Errors) {
    let Arguments {
        local,
        shared,
        cache,
        key,
        capacity,
        ..
    } = arguments;
    if let (Some(_), Some(shared)) = (local, shared) {
        errors.at(&shared.name, "`shared` contradicts `local`");
    }
    if let (Some(local), Some(cache)) = (local, cache) {
        errors.at(
            &local.name,
            format!(
                "`local` contradicts `cache = \"{}\"`: a named cache is shared",
                cache.value.value()
            ),
        );
    }
    if let Some(capacity) = capacity
        && local.is_none()
        && let Some(sharing) = first_name([
            name(key.as_ref()),
            name(cache.as_ref()),
            name(shared.as_ref()),
        ])
    {
        errors.at(
            &capacity.name,
            format!("with `{sharing}` the values stand in a shared cache, which has a bound of its own; `local` keeps them here"),
        );
    }
}

fn name<T>(argument: Option<&Arg<T>>) -> Option<&Ident> {
    argument.map(|argument| &argument.name)
}

fn first_name<const N: usize>(names: [Option<&Ident>; N]) -> Option<&Ident> {
    names.into_iter().flatten().next()
}

/// Refuses arguments on an `impl` block that cannot be the same for all its functions.
pub(crate) fn check_block(arguments: &Arguments, errors: &mut Errors) {
    if let Some(key) = &arguments.key {
        errors.at(
            &key.name,
            "every function of the block would have this key; write `key` on the function",
        );
    }
    if let Some(Arg {
        name,
        value: Handle::Named(_),
    }) = &arguments.handle
    {
        errors.at(
            name,
            "every function of the block would have this handle; write `handle` on the function",
        );
    }
    for hint in [&arguments.associated, &arguments.trait_impl]
        .into_iter()
        .flatten()
    {
        errors.at(
            &hint.name,
            format!(
                "an attribute on an `impl` block sees that already; leave `{}` out",
                hint.name
            ),
        );
    }
}
