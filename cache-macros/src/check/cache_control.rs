//! The rules of `#[cache_control]`: between its directives, and between them and the page or handler below.

use super::vary::Vary;
use crate::attr::{Arguments, CacheControlArguments};
use crate::errors::Errors;
use syn::Ident;

/// Refuses directives that contradict each other.
pub(super) fn check(said: &CacheControlArguments, errors: &mut Errors) {
    if let (Some(_), Some(private)) = (&said.public, &said.private) {
        errors.at(
            &private.name,
            "`private` contradicts `public`: an answer is for the browser that asks, or for any cache; leave one of them out",
        );
    }
    if said.private.is_some() {
        let proxies = said.proxy_revalidate.as_ref().map(|word| &word.name);
        for name in for_shared_caches(said)
            .skip(usize::from(said.public.is_some()))
            .chain(proxies)
        {
            errors.at(
                name,
                format!("`{name}` is for caches that many visitors share, and `private` keeps the answer from them; leave one of them out"),
            );
        }
    }
    // RFC 9111, section 5.2.2.3: a cache that understands `must-understand` does not heed `no-store`.
    if said.no_store.is_some() && said.must_understand.is_none() {
        let public = said.public.as_ref().map(|word| &word.name);
        let immutable = said.immutable.as_ref().map(|word| &word.name);
        for name in public.into_iter().chain(immutable).chain(times(said)) {
            errors.at(
                name,
                format!("`{name}` contradicts `no_store`: no cache keeps the answer, so there is nothing that `{name}` could be said of; leave one of them out"),
            );
        }
    }
    check_asking_again(said, errors);
}

/// Directives about asking again, and about not having to.
fn check_asking_again(said: &CacheControlArguments, errors: &mut Errors) {
    if let Some(immutable) = &said.immutable
        && said.max_age.is_none()
    {
        errors.at(
            &immutable.name,
            "`immutable` says that an answer does not change during its `max_age`; write that too, as in `max_age = \"1y\"`",
        );
    }
    let again = [&said.no_cache, &said.must_revalidate];
    let Some(again) = again.into_iter().flatten().next().map(|word| &word.name) else {
        return;
    };
    let stale = [&said.stale_while_revalidate, &said.stale_if_error];
    for name in stale.into_iter().flatten().map(|time| &time.name) {
        errors.at(
            name,
            format!("`{name}` contradicts `{again}`, by which no stale answer serves; leave one of them out"),
        );
    }
    if let (Some(immutable), Some(_)) = (&said.immutable, &said.no_cache) {
        errors.at(
            &immutable.name,
            "`immutable` contradicts `no_cache`: a cache asks again before every use, or never during `max_age`; leave one of them out",
        );
    }
}

/// Refuses what a page contradicts.
pub(super) fn check_page(
    said: &CacheControlArguments,
    arguments: &Arguments,
    vary: &Vary,
    errors: &mut Errors,
) {
    if let (Some(_), Some(max_age)) = (&arguments.browser, &said.max_age) {
        errors.at(
            &max_age.name,
            "`max_age` says the same as `browser` of `#[cache_page]`; leave one of them out",
        );
    }
    if let Some(no_store) = &said.no_store {
        errors.at(
            &no_store.name,
            "`no_store` contradicts `#[cache_page]`: an answer that no cache may keep is not kept here either; write `#[never_cache]` in the place of both",
        );
    }
    let is_for_everybody = arguments.guard.is_none() && arguments.key.is_none() && vary.is_empty();
    if let Some(private) = said.private.as_ref().filter(|_| is_for_everybody) {
        errors.at(
            &private.name,
            "this page is one for all visitors, so `private` protects nobody; if it is for one, say by what: `key`, `guard` or `#[vary_on]`",
        );
    }
    if let Some(guard) = &arguments.guard {
        for name in for_shared_caches(said) {
            errors.at(
                name,
                format!("`{name}` gives the answer to other caches, which do not ask `{}(…)` whom it admits; leave `{name}` out", guard.name),
            );
        }
    }
    check_visitors(said, vary, errors);
    let is_purged =
        arguments.tags.is_some() || arguments.namespace.is_some() || arguments.key.is_some();
    if let Some(cdn) = said.cdn.as_ref().filter(|_| !is_purged) {
        errors.at(
            &cdn.name,
            "`cdn` has a CDN keep the page until somebody purges it, and this page has no name to purge it by; write `tags(\"…\")` or `key = \"…\"` in `#[cache_page]`",
        );
    }
}

/// Refuses what a handler that is not cached contradicts.
pub(super) fn check_handler(said: &CacheControlArguments, vary: &Vary, errors: &mut Errors) {
    check_visitors(said, vary, errors);
    if let Some(cdn) = &said.cdn {
        errors.at(
            &cdn.name,
            "`cdn` has a CDN keep the answer until somebody purges it, and only a page has names to purge it by; write `#[cache_page(tags(\"…\"))]` beside it, or `s_maxage` for a life that ends by itself",
        );
    }
}

/// Refuses to give to shared caches what `#[vary_on]` keeps apart for each visitor.
fn check_visitors(said: &CacheControlArguments, vary: &Vary, errors: &mut Errors) {
    let Some(by) = vary.names_a_visitor() else {
        return;
    };
    for name in for_shared_caches(said) {
        errors.at(
            name,
            format!("`{name}` gives the answer to caches that many visitors share, and it varies on {by}, which tells visitors apart: a cache that ignores `Vary` would show one visitor's to another; leave `{name}` out"),
        );
    }
}

/// The arguments that give an answer to caches which many visitors share.
fn for_shared_caches(said: &CacheControlArguments) -> impl Iterator<Item = &Ident> {
    let public = said.public.as_ref().map(|word| &word.name);
    let times = [&said.s_maxage, &said.cdn].into_iter().flatten();
    public.into_iter().chain(times.map(|time| &time.name))
}

/// All times.
fn times(said: &CacheControlArguments) -> impl Iterator<Item = &Ident> {
    let times = said.times().into_iter();
    times.filter_map(|(_, time)| time.map(|time| &time.name))
}
