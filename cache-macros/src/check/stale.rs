//! Rules for stale values and slow loads: what contradicts, and what a load needs that goes on behind its caller.

use super::FunctionPlace;
use super::inputs::{Inputs, is_exclusive};
use super::key::CheckedKey;
use crate::attr::{Arguments, TimeArgument};
use crate::errors::Errors;
use crate::scope::free_names;
use crate::signature::Passing;
use quote::ToTokens;
use syn::Ident;

pub(super) fn check(
    arguments: &Arguments,
    place: FunctionPlace,
    is_async: bool,
    inputs: &Inputs<'_>,
    errors: &mut Errors,
) {
    check_lock(arguments, errors);
    if place == FunctionPlace::Trait {
        if let Some(first) = arguments.stale.first() {
            errors.at(
                first,
                format!("`{first}` needs a function beside this one, and an `impl` of a trait has no room for it; cache a function that this one calls"),
            );
        }
        return;
    }
    check_refresh(arguments, errors);
    check_timeouts(arguments, errors);
    check_life(arguments, errors);
    check_errors(arguments, errors);
    if let Some(behind) = arguments.stale.first_behind() {
        check_behind(behind, is_async, inputs, errors);
    }
}

/// Of each kind of argument that is extracted from a client's own request, the first, and what the page does with it.
pub(super) fn of_the_client<'a>(
    arguments: &'a Arguments,
    key: Option<&'a CheckedKey>,
) -> impl Iterator<Item = (&'a Ident, &'static str)> {
    let keyed = key.map_or(&[][..], CheckedKey::names).first();
    let all = [
        (keyed, "is in the key"),
        (arguments.guards().first(), "guards the page"),
        (arguments.skipped().first(), "is set aside by `skip`"),
    ];
    let all = all.into_iter();
    all.filter_map(|(name, role)| Some((name?, role)))
}

/// Rules of pages: one that is rendered behind its client has nobody to extract the client's own arguments from.
pub(super) fn check_page(
    arguments: &Arguments,
    inputs: &Inputs<'_>,
    key: Option<&CheckedKey>,
    errors: &mut Errors,
) {
    check_refresh(arguments, errors);
    check_timeouts(arguments, errors);
    if let Some(behind) = arguments.stale.first_behind() {
        for (name, role) in of_the_client(arguments, key) {
            errors.at(
                behind,
                format!("`{behind}` renders the page when its client is gone, and `{name}`, which {role}, is extracted from the client's own request; cache a function that the handler calls, and write `{behind}` there"),
            );
        }
    }
    for expression in arguments.stale.expressions() {
        let names = free_names(expression);
        let given = inputs.arguments.iter().flat_map(|argument| &argument.names);
        for name in names
            .iter()
            .filter(|name| given.clone().any(|given| given == *name))
        {
            errors.at(
                name,
                format!("what a page says of stale answers is known before `{name}` is extracted; write a time that does not depend on it"),
            );
        }
    }
}

fn check_refresh(arguments: &Arguments, errors: &mut Errors) {
    let stale = &arguments.stale;
    if let (Some(refresh), Some(_)) = (&stale.refresh, &stale.refresh_ahead) {
        errors.at(
            &refresh.name,
            "`refresh = adaptive` finds out how early a value is refreshed, and `refresh_ahead` says it; leave one of them out",
        );
    }
}

fn check_timeouts(arguments: &Arguments, errors: &mut Errors) {
    let stale = &arguments.stale;
    let Some(soft) = &stale.soft_timeout else {
        return;
    };
    if stale.while_revalidate.is_none() && stale.if_error.is_none() {
        errors.at(
            &soft.name,
            "at a `soft_timeout` a call takes a stale value, and no value of this function is ever stale: add `stale_if_error = \"6h\"`, or write `hard_timeout`",
        );
    }
    if let Some(hard) = &stale.hard_timeout
        && let (TimeArgument::Fixed(soft_time), TimeArgument::Fixed(hard_time)) =
            (&soft.value, &hard.value)
        && soft_time >= hard_time
    {
        errors.at(
            &soft.name,
            "`soft_timeout` must be shorter than `hard_timeout`: a call looks for a stale value first, and gives up later",
        );
    }
}

/// Other processes see the values of shared caches alone.
fn check_lock(arguments: &Arguments, errors: &mut Errors) {
    let Some(lock) = &arguments.stale.lock else {
        return;
    };
    if let Some(local) = &arguments.local {
        errors.at(
            &lock.name,
            format!("`lock = distributed` contradicts `{}`: no other process sees the values of this function", local.name),
        );
    } else if !arguments.is_shared() {
        errors.at(
            &lock.name,
            "the values of this function are its own, and no other process waits for them: add a `key`, `cache = \"…\"` or `shared`",
        );
    }
}

/// What needs the end of a life.
fn check_life(arguments: &Arguments, errors: &mut Errors) {
    if arguments.ttl.is_some() || arguments.is_shared() {
        return;
    }
    let stale = &arguments.stale;
    let ahead = stale.refresh_ahead.as_ref().map(|ahead| &ahead.name);
    let jitter = stale.jitter.as_ref().map(|jitter| &jitter.name);
    let refresh = stale.refresh.as_ref().map(|refresh| &refresh.name);
    for name in [ahead, refresh, jitter].into_iter().flatten() {
        errors.at(
            name,
            format!("`{name}` goes by the life of a value, and the values of this function have no end: add `ttl = \"15m\"`"),
        );
    }
}

fn check_errors(arguments: &Arguments, errors: &mut Errors) {
    if arguments.cache_err.is_none() {
        return;
    }
    let stale = &arguments.stale;
    let if_error = stale.if_error.as_ref().map(|if_error| &if_error.name);
    let fallback = stale.fallback.as_ref().map(|fallback| &fallback.name);
    for name in [if_error, fallback].into_iter().flatten() {
        errors.at(
            name,
            format!("`{name}` is for loads that fail, and with `cache_err` an error is a value that is kept; leave one of them out"),
        );
    }
}

/// What goes on behind the call owns what it needs, and has a function to call.
fn check_behind(behind: &Ident, is_async: bool, inputs: &Inputs<'_>, errors: &mut Errors) {
    if is_async && !cfg!(feature = "tokio") {
        errors.at(
            behind,
            format!("`{behind}` has the body run behind the call: an async function needs the feature `tokio` of cache-core for that"),
        );
    }
    for argument in &inputs.arguments {
        if argument.passing == Passing::Exclusive {
            errors.at(
                argument.ty,
                format!("`{behind}` has the body run behind the call, when this borrow has ended; take `{}` by value or by shared reference", argument.pattern.to_token_stream()),
            );
        }
    }
    if let Some(receiver) = inputs.receiver.filter(|receiver| is_exclusive(receiver)) {
        errors.at(
            receiver,
            format!("`{behind}` has the body run behind the call, when this borrow has ended; take `&self`"),
        );
    }
}
