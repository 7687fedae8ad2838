//! `set` of a function's handle, which keeps a value of the caller as if the function had returned it.

use super::calls::Caller;
use super::model::{FunctionModel, KeptType};
use crate::expand::borrowed::Borrowed;
use crate::expand::generics::split;
use crate::expand::items::public;
use crate::expand::question::Question;
use crate::expand::staleness::StaleRules;
use proc_macro2::{Ident, TokenStream};
use quote::quote;

pub(super) fn set(function: &FunctionModel<'_>) -> TokenStream {
    let (host, cached) = (&function.host, function.cached);
    let (runtime, times) = (host.runtime, function.times(Caller::Handle));
    let names = names(function);
    let uses_self =
        cached.key.uses_self() || cached.tags.uses_self || names.iter().any(|name| name == "self");
    let borrowed = Borrowed::new(&cached.inputs, &names).with_self(&cached.inputs, uses_self);
    let parameters = borrowed.parameters();
    let comma = (!parameters.is_empty()).then(|| quote!(,));

    let (kept, ret) = match function.kept() {
        KeptType::OfResult(kept) => (kept, quote!(::core::result::Result::Ok(__value))),
        KeptType::Whole(output) => (output, quote!(__value)),
    };
    let tags = function.tags(Caller::Handle);
    let staleness = function.staleness(Caller::Handle);
    let (pending, keep) = (
        function.cache(Caller::Handle).method(&quote!(refresh)),
        function.keep.rule(host),
    );
    let stored = if cached.is_async() {
        quote!(set_async(#ret, #keep).await)
    } else {
        quote!(set(#ret, #keep))
    };

    // The functions over the arguments have all type parameters.
    let asks = tags.is_some() || staleness.is_some() || !times.is_empty();
    let (generics, clause) = split(if asks {
        host.function.generics()
    } else {
        &function.key_generics
    });
    let promise = "Puts a value there by hand, as if the function had just returned it.";
    let asyncness = function.asyncness();
    let head = quote!(#generics(#parameters #comma __value: #kept) -> #runtime::Stored #clause);
    let body = quote! {
        #times
        let __pending = #pending;
        __pending #tags #staleness .#stored
    };
    public(host, ("set", promise), asyncness.as_ref(), &head, &body)
}

/// The arguments that the key, the tags and the times use.
fn names(function: &FunctionModel<'_>) -> Vec<Ident> {
    let cached = function.cached;
    let questions = function.keep.questions();
    let of_questions = questions.iter().flat_map(|(_, question)| question.names());
    let stale = function.stale.iter().flat_map(StaleRules::questions);
    let stale: Vec<_> = stale.collect();
    let of_stale = stale.iter().flat_map(Question::names);
    let of_texts = cached.key.names().iter().chain(&cached.tags.names);
    of_texts
        .chain(of_questions)
        .chain(of_stale)
        .cloned()
        .collect()
}
