//! The handle of a function: `uncached`, `peek`, `invalidate`, `refresh`, `set`, `clear`, `why`,
//! `stats`, and the hidden functions that
//! they and the cached function call.

use super::calls::Caller;
use super::model::{FunctionModel, KeptType};
use super::set;
use crate::check::CheckedKey;
use crate::expand::attributes::resolved;
use crate::expand::borrowed::outer_signature;
use crate::expand::generics::split;
use crate::expand::items::{self, Items, public};
use crate::expand::key::{rendered, tuple, unnamed_type};
use crate::expand::site::{self, SiteKind};
use crate::expand::staleness::StaleRules;
use crate::expand::{outcome, tags};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

pub(super) fn items(function: &FunctionModel<'_>) -> Items {
    let host = &function.host;
    let users = vec![
        peek(function),
        invalidate(function),
        refresh(function),
        set::set(function),
        clear(function),
        why(function),
        stats(function),
    ];
    let times = function.keep.questions();
    let times = times.iter().map(|(_, question)| question);
    let stale = function.stale.iter().flat_map(StaleRules::questions);
    let stale: Vec<_> = stale.collect();
    let questions = times.chain(&function.condition).chain(&stale);
    let questions = questions.map(|question| question.definition(host));
    let outcome = outcome::definition(function.cached, host, &function.key_generics);
    let hidden = [site(function), instance(function), key(function), outcome].into_iter();
    let hidden = hidden
        .chain(tags::definition(host, &function.cached.tags))
        .chain(questions);
    Items {
        body: items::uncached_with(host, &function.attributes, &function.body()),
        users,
        hidden: hidden.collect(),
    }
}

fn peek(function: &FunctionModel<'_>) -> TokenStream {
    let cache = function.cache(Caller::Handle);
    let whole = cache.waiting(&quote!(peek), &quote!(peek_async));
    let (kept, body) = match function.kept() {
        KeptType::OfResult(kept) => (
            kept,
            quote!(::core::option::Option::and_then(#whole, ::core::result::Result::ok)),
        ),
        KeptType::Whole(output) => (output, whole),
    };
    let promise = "What is kept for these arguments, or `None`; it never computes.";
    let output = quote!(::core::option::Option<#kept>);
    over_key(function, ("peek", promise), &output, &body)
}

fn invalidate(function: &FunctionModel<'_>) -> TokenStream {
    let runtime = function.host.runtime;
    let promise = "Forgets what is kept for these arguments.";
    let cache = function.cache(Caller::Handle);
    let body = cache.waiting(&quote!(invalidate), &quote!(invalidate_async));
    let output = quote!(#runtime::Invalidated);
    over_key(function, ("invalidate", promise), &output, &body)
}

/// A function over the inputs of the key, by reference.
fn over_key(
    function: &FunctionModel<'_>,
    name: (&str, &str),
    output: &TokenStream,
    body: &TokenStream,
) -> TokenStream {
    let (generics, clause) = split(&function.key_generics);
    let parameters = function.keyed().parameters();
    let head = quote!(#generics(#parameters) -> #output #clause);
    let asyncness = function.asyncness();
    public(&function.host, name, asyncness.as_ref(), &head, body)
}

fn why(function: &FunctionModel<'_>) -> TokenStream {
    let runtime = function.host.runtime;
    let promise = "Why the last look-up of these arguments missed.";
    let body = function.cache(Caller::Handle).method(&quote!(why));
    over_key(function, ("why", promise), &quote!(#runtime::Why), &body)
}

fn refresh(function: &FunctionModel<'_>) -> TokenStream {
    let signature = outer_signature(function.host.function);
    let (inputs, output) = (&signature.inputs, &signature.output);
    let (generics, clause) = split(&signature.generics);
    let pending = function.cache(Caller::Outer).method(&quote!(refresh));
    let load = function.load();
    let name = ("refresh", "Computes now and stores; returns the value.");
    let head = quote!(#generics(#inputs) #output #clause);
    let asyncness = function.asyncness();
    let body = quote! {
        let __pending = #pending;
        #load
    };
    public(&function.host, name, asyncness.as_ref(), &head, &body)
}

fn clear(function: &FunctionModel<'_>) -> TokenStream {
    let (runtime, private) = (function.host.runtime, function.host.private());
    let site = function.host.names.hidden("site");
    let asyncness = function.asyncness();
    let body = if asyncness.is_some() {
        quote!(#private::clear_async(Self::#site()).await)
    } else {
        quote!(#private::clear(Self::#site()))
    };
    let name = ("clear", "Forgets all of this function's entries.");
    let head = quote!(() -> #runtime::Invalidated);
    public(&function.host, name, asyncness.as_ref(), &head, &body)
}

fn stats(function: &FunctionModel<'_>) -> TokenStream {
    let (runtime, private) = (function.host.runtime, function.host.private());
    let site = function.host.names.hidden("site");
    let promise = "Hits, misses, loads and the rest of this function so far.";
    let head = quote!(() -> #runtime::Stats);
    let body = quote!(#private::stats(Self::#site()));
    public(&function.host, ("stats", promise), None, &head, &body)
}

fn site(function: &FunctionModel<'_>) -> TokenStream {
    let host = &function.host;
    let (private, name) = (host.private(), host.names.hidden("site"));
    let cached = function.cached;
    let resolved = resolved(cached.subject.unresolved);
    let (kind, block) = (SiteKind::Function, cached.subject.block);
    let statements = site::statements(host, kind, &cached.arguments, block);
    quote! {
        fn #name() -> &'static #private::Site {
            #resolved
            #statements
            &SITE
        }
    }
}

fn instance(function: &FunctionModel<'_>) -> TokenStream {
    let site = function.host.names.hidden("site");
    let witnesses = function.unnamed_types().parameters();
    let generics = &function.instance_generics;
    items::instance(&function.host, generics, &witnesses, &quote!(Self::#site()))
}

fn key(function: &FunctionModel<'_>) -> TokenStream {
    let host = &function.host;
    let (kind, body) = match &function.cached.key {
        CheckedKey::Template(text) => {
            let runtime = host.runtime;
            let rendered = rendered(runtime, &text.parts, text.literal.span());
            (quote!(#runtime::Key), rendered)
        }
        CheckedKey::Arguments(names) => {
            let values = names.iter().map(ToTokens::to_token_stream);
            (unnamed_type(host, names), tuple(values))
        }
    };
    items::key(
        host,
        &function.key_generics,
        &function.keyed(),
        &kind,
        &body,
    )
}
