//! `set` of a function's handle: a value comes from a hand, and is kept as one that the function returned.

use super::borrowed::Borrowed;
use super::function::{Expansion, Side};
use super::handle::{public, split};
use super::outcome::output;
use super::tags;
use crate::check::signature::kept_of_result;
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};

pub(super) fn set(expansion: &Expansion<'_>) -> TokenStream {
    let (host, cached) = (&expansion.host, expansion.cached);
    let (runtime, questions) = (host.runtime, expansion.keep.questions());
    let names = names(expansion);
    let uses_self =
        cached.key.uses_self() || cached.tags.uses_self || names.iter().any(|name| name == "self");
    let borrowed = Borrowed::new(&cached.inputs, &names).with_self(&cached.inputs, uses_self);
    let parameters = borrowed.parameters();
    let comma = (!parameters.is_empty()).then(|| quote!(,));

    let whole = output(cached);
    let (kept, ret) = match cached.output().and_then(kept_of_result) {
        // As `peek` gives it.
        Some(kept) if cached.arguments.cache_err.is_none() => (
            kept.to_token_stream(),
            quote!(::core::result::Result::Ok(__value)),
        ),
        _ => (whole, quote!(__value)),
    };
    let times = questions.iter().map(|(name, question)| {
        let asked = question.call(host, &question.borrowed(host).passed_on());
        quote!(let #name = #asked;)
    });
    let tags = tags::borrowed(host, &cached.tags).passed_on();
    let tags = tags::call(host, &cached.tags, &tags).map(|tags| quote!(.tags(#tags)));
    let (pending, keep) = (
        expansion.pending("refresh", Side::Handle),
        expansion.keep.closure(host),
    );
    let stored = if cached.is_async() {
        quote!(set_async(#ret, #keep).await)
    } else {
        quote!(set(#ret, #keep))
    };

    // What is asked about the arguments is a function of all type parameters.
    let asks = tags.is_some() || !questions.is_empty();
    let (generics, clause) = split(if asks {
        host.function.generics()
    } else {
        &expansion.key_generics
    });
    let promise = "Puts a value there by hand, as if the function had just returned it.";
    public(
        host,
        ("set", promise),
        expansion.asyncness().as_ref(),
        &quote!(#generics(#parameters #comma __value: #kept) -> #runtime::Stored #clause),
        &quote! {
            #(#times)*
            let __pending = #pending;
            __pending #tags .#stored
        },
    )
}

/// The arguments of which key, tags and times are made.
fn names(expansion: &Expansion<'_>) -> Vec<Ident> {
    let cached = expansion.cached;
    let questions = expansion.keep.questions();
    let of_questions = questions.iter().flat_map(|(_, question)| question.names());
    let of_texts = cached.key.names().iter().chain(&cached.tags.names);
    of_texts.chain(of_questions).cloned().collect()
}
