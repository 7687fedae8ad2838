//! The functions of a handle: `uncached`, `peek`, `invalidate`, `refresh`, `clear`, `stats`, and the hidden ones on which
//! they and the cached function lean.

use super::attributes::quiet;
use super::function::{Expansion, Side, outer_signature};
use super::site::{self, SiteKind};
use crate::check::signature::kept_of_result;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Generics, Visibility};

/// All items of the handle.
pub(super) fn items(expansion: &Expansion<'_>) -> TokenStream {
    let users = [uncached(expansion), peek(expansion), invalidate(expansion), refresh(expansion), clear(expansion), stats(expansion)];
    let times = expansion.keep.questions();
    let questions = times.iter().map(|(_, question)| question).chain(&expansion.condition);
    let questions = questions.map(|question| question.definition(&expansion.host));
    let hidden = [site(expansion), copy(expansion)].into_iter().chain(key(expansion)).chain(questions);
    let everywhere = &expansion.attributes.everywhere;
    let items = users.into_iter().chain(hidden);
    items.map(|item| quote!(#(#everywhere)* #item)).collect()
}

/// The body, whole, with the attributes that are about it.
fn uncached(expansion: &Expansion<'_>) -> TokenStream {
    let function = expansion.host.function;
    let (attributes, visibility, doc) = (&expansion.attributes.body, visibility(expansion), doc(expansion, "Runs the body and touches no cache."));
    let mut signature = function.signature.clone();
    signature.ident = expansion.host.names.public("uncached");
    let body = &function.body;
    quote! {
        #doc
        #[allow(dead_code, private_bounds, private_interfaces, unreachable_pub)]
        #(#attributes)*
        #visibility #signature #body
    }
}

fn peek(expansion: &Expansion<'_>) -> TokenStream {
    let cached = expansion.cached;
    let output = cached.output();
    let keeps_errors = cached.arguments.cache_err.is_some();
    let (kept, what) = match output.and_then(kept_of_result) {
        Some(kept) if !keeps_errors => (kept.to_token_stream(), "peek"),
        _ => (super::function::output(cached), "peek_whole"),
    };
    let call = expansion.at_key(what, Side::Handle);
    at_key(
        expansion,
        "peek",
        "What is kept for these arguments, or `None`; it never computes.",
        &quote!(::core::option::Option<#kept>),
        &call,
    )
}

fn invalidate(expansion: &Expansion<'_>) -> TokenStream {
    let runtime = expansion.host.runtime;
    let call = expansion.at_key("invalidate", Side::Handle);
    at_key(expansion, "invalidate", "Forgets what is kept for these arguments.", &quote!(#runtime::Invalidated), &call)
}

/// A function over what the key needs, by reference.
fn at_key(expansion: &Expansion<'_>, what: &str, promise: &str, output: &TokenStream, body: &TokenStream) -> TokenStream {
    let (doc, quiet, visibility, asyncness) = (doc(expansion, promise), quiet(), visibility(expansion), asyncness(expansion));
    let name = expansion.host.names.public(what);
    let (generics, clause) = split(&expansion.key_generics);
    let parameters = expansion.keyed().parameters();
    quote! {
        #doc
        #quiet
        #visibility #asyncness fn #name #generics(#parameters) -> #output #clause { #body }
    }
}

fn refresh(expansion: &Expansion<'_>) -> TokenStream {
    let (doc, quiet, visibility) = (doc(expansion, "Computes now and stores; returns the value."), quiet(), visibility(expansion));
    let mut signature = outer_signature(expansion.host.function);
    signature.ident = expansion.host.names.public("refresh");
    let (ticket, load) = (expansion.at_key("refresh", Side::Outer), expansion.load());
    quote! {
        #doc
        #quiet
        #visibility #signature { #ticket #load }
    }
}

fn clear(expansion: &Expansion<'_>) -> TokenStream {
    let (runtime, private) = (expansion.host.runtime, expansion.host.private());
    let site = expansion.host.names.hidden("site");
    let body = if expansion.cached.is_async() {
        quote!(#private::clear_async(Self::#site()).await)
    } else {
        quote!(#private::clear(Self::#site()))
    };
    of_all(expansion, "clear", "Forgets all of this function's entries.", asyncness(expansion), &quote!(#runtime::Invalidated), &body)
}

fn stats(expansion: &Expansion<'_>) -> TokenStream {
    let (runtime, private) = (expansion.host.runtime, expansion.host.private());
    let site = expansion.host.names.hidden("site");
    of_all(
        expansion,
        "stats",
        "Hits, misses, loads and the rest of this function so far.",
        None,
        &quote!(#runtime::Stats),
        &quote!(#private::stats(Self::#site())),
    )
}

/// A function over the whole site: not generic, for all copies.
fn of_all(
    expansion: &Expansion<'_>,
    what: &str,
    promise: &str,
    asyncness: Option<TokenStream>,
    output: &TokenStream,
    body: &TokenStream,
) -> TokenStream {
    let (doc, quiet, visibility) = (doc(expansion, promise), quiet(), visibility(expansion));
    let name = expansion.host.names.public(what);
    quote! {
        #doc
        #quiet
        #visibility #asyncness fn #name() -> #output { #body }
    }
}

fn site(expansion: &Expansion<'_>) -> TokenStream {
    let (quiet, private, name) = (quiet(), expansion.host.private(), expansion.host.names.hidden("site"));
    let cached = expansion.cached;
    let statements = site::statements(&expansion.host, SiteKind::Function, &cached.arguments, cached.subject.block);
    quote! {
        #[doc(hidden)]
        #quiet
        fn #name() -> &'static #private::Site {
            #statements
            &SITE
        }
    }
}

/// The closure's type is the identity of the copy: it contains the module, `Self` and all generics.
fn copy(expansion: &Expansion<'_>) -> TokenStream {
    let (quiet, private) = (quiet(), expansion.host.private());
    let (name, site) = (expansion.host.names.hidden("copy"), expansion.host.names.hidden("site"));
    let (generics, clause) = split(&expansion.copy_generics);
    let witnesses = expansion.unnamed_types().parameters();
    quote! {
        #[doc(hidden)]
        #quiet
        #[inline(always)]
        fn #name #generics(#witnesses) -> #private::Copy #clause {
            #private::Copy::of(Self::#site(), &|| ())
        }
    }
}

fn key(expansion: &Expansion<'_>) -> Option<TokenStream> {
    let rendered = expansion.rendered_key()?;
    let (quiet, runtime, name) = (quiet(), expansion.host.runtime, expansion.host.names.hidden("key"));
    let (generics, clause) = split(&expansion.key_generics);
    let keyed = expansion.keyed();
    let (parameters, patterns) = (keyed.parameters(), keyed.taken_apart());
    Some(quote! {
        #[doc(hidden)]
        #quiet
        fn #name #generics(#parameters) -> #runtime::Key #clause {
            #patterns
            #rendered
        }
    })
}

fn split(generics: &Generics) -> (TokenStream, TokenStream) {
    let (parameters, _, clause) = generics.split_for_impl();
    (parameters.to_token_stream(), clause.to_token_stream())
}

fn asyncness(expansion: &Expansion<'_>) -> Option<TokenStream> {
    expansion.cached.is_async().then(|| quote!(async))
}

fn visibility<'a>(expansion: &'a Expansion<'_>) -> Option<&'a Visibility> {
    expansion.host.names.is_public().then_some(&expansion.host.function.visibility)
}

fn doc(expansion: &Expansion<'_>, promise: &str) -> TokenStream {
    if expansion.host.names.is_public() { quote!(#[doc = #promise]) } else { quote!(#[doc(hidden)]) }
}
