//! The handle of a function: `uncached`, `peek`, `invalidate`, `refresh`, `set`, `clear`, `stats`, and the hidden functions
//! on which they and the cached function lean.

use super::attributes::{quiet, resolved};
use super::function::{Expansion, Side, outer_signature};
use super::function_set;
use super::handle::{self, public, split};
use super::key::{rendered, tuple, unnamed_type};
use super::outcome::{self, output};
use super::site::{self, SiteKind};
use super::tags;
use crate::check::Key;
use crate::check::signature::kept_of_result;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

/// All items of the handle.
pub(super) fn items(expansion: &Expansion<'_>) -> TokenStream {
    let host = &expansion.host;
    let users = [
        handle::uncached(host, &expansion.attributes),
        peek(expansion),
        invalidate(expansion),
        refresh(expansion),
        function_set::set(expansion),
        clear(expansion),
        stats(expansion),
    ];
    let times = expansion.keep.questions();
    let questions = times
        .iter()
        .map(|(_, question)| question)
        .chain(&expansion.condition);
    let questions = questions.map(|question| question.definition(host));
    let hidden = [site(expansion), instance(expansion), key(expansion)].into_iter();
    let hidden = hidden
        .chain(outcome::item(expansion))
        .chain(tags::definition(host, &expansion.cached.tags))
        .chain(questions);
    let everywhere = &expansion.attributes.everywhere;
    users
        .into_iter()
        .chain(hidden)
        .map(|item| quote!(#(#everywhere)* #item))
        .collect()
}

fn peek(expansion: &Expansion<'_>) -> TokenStream {
    let cached = expansion.cached;
    let whole = expansion.at_key("peek_whole", Side::Handle);
    let (kept, body) = match cached.output().and_then(kept_of_result) {
        // What is kept of a `Result` is never an error, unless errors are kept too.
        Some(kept) if cached.arguments.cache_err.is_none() => (
            kept.to_token_stream(),
            quote!(::core::option::Option::and_then(#whole, ::core::result::Result::ok)),
        ),
        _ => (output(cached), whole),
    };
    let promise = "What is kept for these arguments, or `None`; it never computes.";
    at_key(
        expansion,
        ("peek", promise),
        &quote!(::core::option::Option<#kept>),
        &body,
    )
}

fn invalidate(expansion: &Expansion<'_>) -> TokenStream {
    let runtime = expansion.host.runtime;
    let promise = "Forgets what is kept for these arguments.";
    let call = expansion.at_key("invalidate", Side::Handle);
    at_key(
        expansion,
        ("invalidate", promise),
        &quote!(#runtime::Invalidated),
        &call,
    )
}

/// A function over what the key needs, by reference.
fn at_key(
    expansion: &Expansion<'_>,
    name: (&str, &str),
    output: &TokenStream,
    body: &TokenStream,
) -> TokenStream {
    let (generics, clause) = split(&expansion.key_generics);
    let parameters = expansion.keyed().parameters();
    let head = quote!(#generics(#parameters) -> #output #clause);
    public(
        &expansion.host,
        name,
        expansion.asyncness().as_ref(),
        &head,
        body,
    )
}

fn refresh(expansion: &Expansion<'_>) -> TokenStream {
    let signature = outer_signature(expansion.host.function);
    let (inputs, output) = (&signature.inputs, &signature.output);
    let (generics, clause) = split(&signature.generics);
    let (pending, load) = (expansion.pending("refresh", Side::Outer), expansion.load());
    let name = ("refresh", "Computes now and stores; returns the value.");
    let head = quote!(#generics(#inputs) #output #clause);
    public(
        &expansion.host,
        name,
        expansion.asyncness().as_ref(),
        &head,
        &quote! {
            let __pending = #pending;
            #load
        },
    )
}

fn clear(expansion: &Expansion<'_>) -> TokenStream {
    let (runtime, private) = (expansion.host.runtime, expansion.host.private());
    let site = expansion.host.names.hidden("site");
    let (body, asyncness) = match expansion.asyncness() {
        Some(asyncness) => (
            quote!(#private::clear_async(Self::#site()).await),
            Some(asyncness),
        ),
        None => (quote!(#private::clear(Self::#site())), None),
    };
    let name = ("clear", "Forgets all of this function's entries.");
    public(
        &expansion.host,
        name,
        asyncness.as_ref(),
        &quote!(() -> #runtime::Invalidated),
        &body,
    )
}

fn stats(expansion: &Expansion<'_>) -> TokenStream {
    let (runtime, private) = (expansion.host.runtime, expansion.host.private());
    let site = expansion.host.names.hidden("site");
    let name = (
        "stats",
        "Hits, misses, loads and the rest of this function so far.",
    );
    public(
        &expansion.host,
        name,
        None,
        &quote!(() -> #runtime::Stats),
        &quote!(#private::stats(Self::#site())),
    )
}

fn site(expansion: &Expansion<'_>) -> TokenStream {
    let (quiet, private, name) = (
        quiet(),
        expansion.host.private(),
        expansion.host.names.hidden("site"),
    );
    let cached = expansion.cached;
    let resolved = resolved(cached.subject.unresolved);
    let statements = site::statements(
        &expansion.host,
        SiteKind::Function,
        &cached.arguments,
        cached.subject.block,
    );
    quote! {
        #[doc(hidden)]
        #quiet
        fn #name() -> &'static #private::Site {
            #resolved
            #statements
            &SITE
        }
    }
}

fn instance(expansion: &Expansion<'_>) -> TokenStream {
    let site = expansion.host.names.hidden("site");
    let witnesses = expansion.unnamed_types().parameters();
    handle::instance(
        &expansion.host,
        &expansion.instance_generics,
        &witnesses,
        &quote!(Self::#site()),
    )
}

fn key(expansion: &Expansion<'_>) -> TokenStream {
    let host = &expansion.host;
    let (kind, body) = match &expansion.cached.key {
        Key::Template(text) => {
            let runtime = host.runtime;
            let rendered = rendered(runtime, &text.parts, text.literal.span());
            (quote!(#runtime::Key), rendered)
        }
        Key::Arguments(names) => {
            let values = names.iter().map(ToTokens::to_token_stream);
            (unnamed_type(host, names), tuple(values))
        }
    };
    handle::key(
        host,
        &expansion.key_generics,
        &expansion.keyed(),
        &kind,
        &body,
    )
}
