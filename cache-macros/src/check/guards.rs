//! The rules of guards. A guard decides whether a request gets the page, but not what is on the page: the kept page goes to every
//! visitor that the guard admits.

use super::CheckedConditional;
use super::inputs::Inputs;
use super::key::CheckedKey;
use super::tags::Tags;
use crate::attr::{Arguments, CacheControlArguments, TimeArgument, TtlRule};
use crate::errors::Errors;
use crate::scope::{certain_free_names, free_names};
use crate::signature::{Argument, Function, parameters, plain};
use proc_macro2::TokenStream;
use syn::{Expr, Ident, Type};

/// Refuses a page that reads a guard anywhere but in `condition`, which is evaluated for every request with its own guard.
pub(super) fn check(
    arguments: &Arguments,
    function: &Function,
    inputs: &Inputs<'_>,
    (key, tags): (Option<&CheckedKey>, &Tags),
    errors: &mut Errors,
) {
    // A guard with another role is refused for that already.
    let others = [arguments.skipped(), key.map_or(&[], CheckedKey::names)].concat();
    let guards: Vec<&Argument<'_>> = inputs
        .that_bind(arguments.guards())
        .filter(|guard| !guard.names.iter().any(|name| others.contains(name)))
        .collect();
    for name in guards.iter().flat_map(|guard| &guard.names) {
        if may_be_a_pattern(name) {
            errors.at(
                name,
                format!("`{name}` may be a constant or a unit struct, and then it binds no guard; give the guard a name in lower case"),
            );
        }
    }
    for guard in &guards {
        check_type(guard, function, errors);
    }
    let is_guard = |name: &Ident| guards.iter().any(|guard| guard.names.contains(name));
    for (argument, expression) in expressions(arguments) {
        for name in free_names(expression).iter().filter(|name| is_guard(name)) {
            errors.at(name, of_the_page(argument, name));
        }
    }
    for text in tags.texts.iter().chain(&tags.namespace) {
        for name in text.names.iter().filter(|name| is_guard(name)) {
            let argument = if tags.texts.iter().any(|tag| std::ptr::eq(tag, text)) {
                "tags"
            } else {
                "namespace"
            };
            errors.at(&text.literal, of_the_page(argument, name));
        }
    }
    for name in read_by_body(function).iter().filter(|name| is_guard(name)) {
        errors.at(
            name,
            format!("`{name}` is a guard, which the body cannot read: the answer is cached and goes to every visitor that the guard admits; put what the answer depends on in the key, as in `key = \"…{{{name}.id}}\"`, and take `{name}` out of `guard`"),
        );
    }
}

/// Refuses other attributes that read a guard: what they say is kept with the page.
pub(super) fn check_beside(
    arguments: &Arguments,
    told: Option<&CacheControlArguments>,
    conditional: Option<&CheckedConditional>,
    errors: &mut Errors,
) {
    let is_guard = |name: &&Ident| arguments.guards().contains(name);
    for (argument, expression) in told.into_iter().flat_map(CacheControlArguments::computed) {
        for name in free_names(expression).iter().filter(is_guard) {
            errors.at(name, of_the_page(argument, name));
        }
    }
    for name in conditional
        .iter()
        .flat_map(|said| &said.names)
        .filter(is_guard)
    {
        errors.at(name, of_the_page("conditional", name));
    }
}

fn of_the_page(argument: &str, name: &Ident) -> String {
    format!(
        "`{name}` is a guard, which `{argument}` cannot read: the answer is cached and goes to every visitor that the guard admits, so nothing about it can depend on one visitor"
    )
}

/// The expressions whose values are kept with the page.
fn expressions(arguments: &Arguments) -> impl Iterator<Item = (&'static str, &Expr)> {
    let ttl = arguments
        .ttl
        .as_ref()
        .and_then(|ttl| match &ttl.value.rule {
            TtlRule::Time(TimeArgument::Computed { expression, .. }) => {
                Some(("ttl", &**expression))
            }
            _ => None,
        });
    let times = [
        ("cache_err", &arguments.cache_err),
        ("browser", &arguments.browser),
    ];
    let times = times
        .into_iter()
        .filter_map(|(argument, time)| match &time.as_ref()?.value {
            TimeArgument::Computed { expression, .. } => Some((argument, &**expression)),
            TimeArgument::Fixed(_) => None,
        });
    ttl.into_iter().chain(times)
}

/// The names that are certainly free in the body. The compiler finds the others, with a message of its own.
fn read_by_body(function: &Function) -> Vec<Ident> {
    let body = function.body.iter().cloned().collect::<TokenStream>();
    syn::parse2::<Expr>(body).map_or_else(|_| Vec::new(), |body| certain_free_names(&body))
}

/// Whether a pattern of this name may match a constant or a unit struct.
fn may_be_a_pattern(name: &Ident) -> bool {
    name.to_string().starts_with(char::is_uppercase)
}

/// Refuses a type parameter as a guard: whether it can reject a request is not known inside the function.
fn check_type(guard: &Argument<'_>, function: &Function, errors: &mut Errors) {
    if let Type::Path(path) = plain(guard.ty)
        && let Some(name) = path.path.get_ident()
        && parameters(function.generics()).contains(&name)
    {
        errors.at(
            guard.ty,
            format!("whether a guard of type `{name}` ever refuses a request cannot be known here; write the guard's own type"),
        );
    }
}
