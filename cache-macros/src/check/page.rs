//! The rules of `#[cache_page]`.

use super::inputs::Inputs;
use super::key::{self, CheckedKey};
use super::vary::Vary;
use super::{
    CheckedConditional, FunctionPlace, Subject, Tags, arguments, cache_control, capacity,
    conditional, guards, handler, lookups, outcome, signature, stale, surroundings, tags, verify,
    warm,
};
use crate::attr::{Arguments, AttributeKind, CacheControlArguments};
use crate::errors::Errors;
use crate::framework::WebFramework;
use crate::merge::Merged;
use crate::scope::free_names;
use crate::signature::{Argument, Function};
use syn::{Ident, Path, Result};

/// A page that has passed the rules.
pub(crate) struct CachedPage<'a> {
    /// The path of `cache_core`.
    pub(crate) runtime: Path,
    pub(crate) framework: WebFramework,
    pub(crate) subject: Subject<'a>,
    pub(crate) place: FunctionPlace,
    pub(crate) inputs: Inputs<'a>,
    /// The key that replaces path and query.
    pub(crate) key: Option<CheckedKey>,
    pub(crate) tags: Tags,
    pub(crate) vary: Vary,
    /// The role of each argument, in order.
    pub(crate) roles: Vec<ArgumentRole>,
    pub(crate) told: Option<CacheControlArguments>,
    pub(crate) conditional: Option<CheckedConditional>,
    pub(crate) arguments: Arguments,
}

/// The role of an argument: when it is extracted, and from which request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ArgumentRole {
    /// On every request, from the real one, because the key uses it.
    Keyed,
    /// On every request, from the real one, because it guards the page.
    Guard,
    /// On every request, from the one that is rebuilt from the key, because the condition uses it.
    Asked,
    /// On a miss, from the real request.
    Skipped,
    /// On a miss, from the rebuilt request.
    Plain,
}

impl ArgumentRole {
    /// Whether it is extracted before the look-up.
    pub(crate) fn is_before_lookup(self) -> bool {
        matches!(self, Self::Keyed | Self::Guard | Self::Asked)
    }

    /// Whether it is extracted from the real request.
    pub(crate) fn sees_the_real_request(self) -> bool {
        matches!(self, Self::Keyed | Self::Guard | Self::Skipped)
    }

    /// Whether its type must show that the key covers it.
    pub(crate) fn is_accounted_for_by_type(self) -> bool {
        matches!(self, Self::Asked | Self::Plain)
    }
}

/// Checks a handler under `#[cache_page]`.
pub(crate) fn check<'a>(
    arguments: Arguments,
    merged: &Merged,
    vary: Vary,
    (runtime, framework): (Path, WebFramework),
    subject: Subject<'a>,
) -> Result<CachedPage<'a>> {
    let mut errors = Errors::default();
    let function = subject.function;
    let inputs = Inputs::of(function);
    let place = handler::place(arguments.associated.is_some(), subject);

    signature::check_head(AttributeKind::CachePage, function, &mut errors);
    signature::check_patterns(function, &mut errors);
    handler::check(AttributeKind::CachePage, subject, &mut errors);
    handler::check_arguments(&inputs, &mut errors);
    arguments::check(
        AttributeKind::CachePage,
        &arguments,
        subject,
        place,
        &mut errors,
    );
    check_debug_handler(function, &mut errors);
    check_route(framework, function, &arguments, &mut errors);
    capacity::check(
        AttributeKind::CachePage,
        &arguments,
        subject,
        &inputs,
        &mut errors,
    );
    outcome::check(&arguments, &inputs, &mut errors);
    check_query(&arguments, &mut errors);
    check_roles(&arguments, &mut errors);
    let key = key::check_page(&arguments, subject, &inputs, &mut errors);
    let tags = tags::check(&arguments, subject, &inputs, &mut errors);
    if let Some(tags) = &arguments.tags_of_value {
        errors.at(
            &tags.name,
            "a page's tags come from its arguments, as in `tags(\"user:{id}\")`: an answer does not show the value that it was made of",
        );
    }
    if let Some(old) = arguments.ttl.as_ref().and_then(|ttl| ttl.value.old()) {
        errors.at(
            old,
            "a page is kept as it was sent, and not as the value that its handler returned: a closure of `ttl` sees the new one alone",
        );
    }
    check_guards_and_key(&arguments, key.as_ref(), &mut errors);
    guards::check(
        &arguments,
        function,
        &inputs,
        (key.as_ref(), &tags),
        &mut errors,
    );
    let told = merged.cache_control.as_ref().map(|(_, said)| said);
    if let Some(said) = told {
        cache_control::check(said, &mut errors);
        cache_control::check_page(said, &arguments, &vary, &mut errors);
    }
    let conditional = merged.conditional.as_ref();
    let conditional =
        conditional.map(|(_, said)| conditional::check(said, subject, &inputs, &mut errors));
    guards::check_beside(&arguments, told, conditional.as_ref(), &mut errors);
    warm::check(&arguments, framework, &vary, key.as_ref(), &mut errors);
    verify::check(&arguments, framework, key.as_ref(), &mut errors);
    stale::check_page(&arguments, &inputs, key.as_ref(), &mut errors);
    let roles: Vec<_> = inputs
        .arguments
        .iter()
        .map(|argument| role(argument, &arguments, key.as_ref()))
        .collect();
    if let Some(condition) = &arguments.condition {
        let all = inputs.arguments.iter().zip(&roles);
        for (argument, _) in all.filter(|(_, role)| **role == ArgumentRole::Asked) {
            lookups::check(&condition.value, argument, &vary, &mut errors);
        }
    }
    errors.finish()?;

    Ok(CachedPage {
        runtime,
        framework,
        subject,
        place,
        inputs,
        key,
        tags,
        vary,
        roles,
        told: told.cloned(),
        conditional,
        arguments,
    })
}

fn role(argument: &Argument<'_>, arguments: &Arguments, key: Option<&CheckedKey>) -> ArgumentRole {
    let is_in = |names: &[Ident]| argument.names.iter().any(|name| names.contains(name));
    if key.is_some_and(|key| is_in(key.names())) {
        ArgumentRole::Keyed
    } else if is_in(arguments.guards()) {
        ArgumentRole::Guard
    } else if is_in(arguments.skipped()) {
        ArgumentRole::Skipped
    } else if arguments
        .condition
        .as_ref()
        .is_some_and(|condition| is_in(&free_names(&condition.value)))
    {
        ArgumentRole::Asked
    } else {
        ArgumentRole::Plain
    }
}

/// Refuses `#[debug_handler]` above: it would check the generated handler, which has one argument.
fn check_debug_handler(function: &Function, errors: &mut Errors) {
    let keeps_its_arity = function.arguments().len() == 1;
    if !keeps_its_arity && surroundings::here().is_some_and(|here| here.below_debug_handler) {
        errors.at(
            function.name(),
            "`#[debug_handler]` above `#[cache_page]` calls a handler of one argument, which is what the attribute makes of this one; write it below `#[cache_page]`",
        );
    }
}

/// Refuses a route above the handler whose name the handle would have as well.
fn check_route(
    framework: WebFramework,
    function: &Function,
    arguments: &Arguments,
    errors: &mut Errors,
) {
    let mut attributes = function.attributes.iter();
    let route = attributes.find(|attribute| framework.is_route(attribute));
    if let Some(route) = route.filter(|_| arguments.handle.is_none()) {
        let name = function.name();
        errors.at(
            route.path(),
            format!("this makes a type `{name}`, and the handle of the page has that name too; name the handle, as in `#[cache_page(handle = {name}_pages)]`"),
        );
    }
}

fn check_query(arguments: &Arguments, errors: &mut Errors) {
    let Some(query) = &arguments.query else {
        return;
    };
    if arguments.key.is_some() {
        errors.at(
            &query.name,
            "`key` replaces path and query, so `query` would say nothing; name the parameters in the key, as in `{q.page}`",
        );
    }
    for (at, name) in query.value.iter().enumerate() {
        let text = name.value();
        if text.is_empty() || text.contains(['&', '=', '#', '?']) {
            errors.at(name, format!("`{text}` is not a query parameter name"));
        }
        if query.value[..at]
            .iter()
            .any(|earlier| earlier.value() == text)
        {
            errors.at(name, format!("the parameter `{text}` is named twice"));
        }
    }
}

fn check_roles(arguments: &Arguments, errors: &mut Errors) {
    for name in arguments
        .guards()
        .iter()
        .filter(|name| arguments.skipped().contains(name))
    {
        errors.at(name, format!("`{name}` is in `guard` and in `skip`: a guard runs on every request, what is skipped does not"));
    }
    let asked = arguments
        .condition
        .as_ref()
        .map(|condition| free_names(&condition.value))
        .unwrap_or_default();
    for name in asked
        .iter()
        .filter(|name| arguments.skipped().contains(name))
    {
        errors.at(
            name,
            format!("`{name}` is in `skip`, and so not there yet when `condition` asks"),
        );
    }
}

fn check_guards_and_key(arguments: &Arguments, key: Option<&CheckedKey>, errors: &mut Errors) {
    let keyed = key.map_or(&[][..], CheckedKey::names);
    for name in arguments
        .guards()
        .iter()
        .filter(|name| keyed.contains(name))
    {
        errors.at(name, format!("`{name}` is in the key, and so extracted on every request already; leave it out of `guard`"));
    }
}
