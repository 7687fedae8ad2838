//! A cached function without a handle, as in an `impl` of a trait, and one that only stores: everything is in its body.

use super::attributes::{documentation, quiet, resolved};
use super::borrowed::in_place_references;
use super::cache_call::CacheCall;
use super::host::HostFunction;
use super::keep::KeepRules;
use super::key::{rendered, tuple};
use super::load::load;
use super::names::HandleNames;
use super::outcome::{self, output, question};
use super::question::{Question, QuestionKind};
use super::site::{self, SiteKind};
use super::staleness::StaleRules;
use super::{summary, tags};
use crate::attr::AttributeKind;
use crate::check::{CachedFunction, CheckedKey};
use crate::merge::marker;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

/// The whole function.
pub(super) fn expand(cached: &CachedFunction<'_>) -> TokenStream {
    let function = cached.subject.function;
    let (marker, attributes) = (marker(), &function.attributes);
    let summary = documentation(&summary::cached(cached));
    let (visibility, signature) = (&function.visibility, &function.signature);
    let body = inside(cached);
    quote! {
        #marker
        #(#attributes)*
        #summary
        #visibility #signature { #body }
    }
}

/// The body of the function.
pub(super) fn inside(cached: &CachedFunction<'_>) -> TokenStream {
    let function = cached.subject.function;
    let host = HostFunction {
        runtime: &cached.runtime,
        function,
        inputs: &cached.inputs,
        names: HandleNames::new(function, cached.place, None),
    };
    let run = run(cached, &host);
    match &cached.boxed {
        Some(_) => quote!(::std::boxed::Box::pin(async move { #run })),
        None => run,
    }
}

/// The look-up and the load. The arguments move into the body only after all expressions over them are evaluated.
fn run(cached: &CachedFunction<'_>, host: &HostFunction<'_>) -> TokenStream {
    let (private, quiet) = (host.private(), quiet());
    // A function that only stores may have other attributes, which are named around all bodies.
    let (kind, resolved) = match cached.kind {
        AttributeKind::CachePut => (SiteKind::Put, None),
        _ => (
            SiteKind::Function,
            Some(resolved(cached.subject.unresolved)),
        ),
    };
    let statements = site::statements(host, kind, &cached.arguments, cached.subject.block);
    let keep = KeepRules::new(&cached.arguments);
    let times = keep.questions().into_iter().map(|(name, question)| {
        let answer = question.in_place(host);
        quote!(#quiet let #name = #answer;)
    });
    // Rendered before the body takes the arguments along.
    let (tags, looking) = (tags::in_place(host, &cached.tags), keep.looking_back());
    let tags = (tags.is_some() || looking.is_some())
        .then(|| quote!(let __pending = __pending #tags #looking;));
    // Here the rules say no more than that the load takes a lock.
    let staleness = StaleRules::new(&cached.arguments.stale).map(|rules| {
        let rules = rules.value(host, |question| question.in_place(host));
        quote!(let __pending = __pending.staleness(#rules);)
    });
    let (look, body) = (look(cached, host), body(cached, host));
    let call = quote!(__body());
    let load = load(cached.is_async(), host, &keep, &call);
    let awaited = cached.is_async().then(|| quote!(.await));
    let uncached = quote!(#call #awaited);
    let check = outcome::check(cached, &private);
    let site = quote! {
        #check
        #quiet
        let __site: &'static #private::Site = {
            #resolved
            #statements
            &SITE
        };
    };
    let Some(condition) = &cached.arguments.condition else {
        return quote! {
            #site
            #look
            match __look {
                #private::Look::Hit(__value) => __value,
                #private::Look::Miss(__pending) => {
                    #tags
                    #staleness
                    #(#times)*
                    #body
                    #load
                }
            }
        };
    };
    let condition = Question::new(QuestionKind::Condition, &condition.value).in_place(host);
    quote! {
        #site
        #quiet
        let __condition = #condition;
        let __look = if __condition {
            #look
            ::core::option::Option::Some(__look)
        } else {
            ::core::option::Option::None
        };
        match __look {
            ::core::option::Option::Some(#private::Look::Hit(__value)) => __value,
            ::core::option::Option::Some(#private::Look::Miss(__pending)) => {
                #tags
                #staleness
                #(#times)*
                #body
                #load
            }
            ::core::option::Option::None => {
                #body
                #uncached
            }
        }
    }
}

/// `let __look = …;`
fn look(cached: &CachedFunction<'_>, host: &HostFunction<'_>) -> TokenStream {
    let (private, quiet) = (host.private(), quiet());
    let key = match &cached.key {
        CheckedKey::Template(text) => {
            let references = in_place_references(&cached.inputs, &text.names);
            let rendered = rendered(&cached.runtime, &text.parts, text.literal.span());
            quote!({ #references #rendered })
        }
        CheckedKey::Arguments(names) => tuple(names.iter().map(|name| quote!(&#name))),
    };
    let cache = CacheCall {
        cached,
        instance: quote!(#private::Instance::of(__site, &|| ())),
        outcome: question(cached, &private),
        key: quote!(__key),
    };
    let look = if cached.kind == AttributeKind::CachePut {
        let pending = cache.method(&quote!(put));
        quote!(#private::Look::Miss(#pending))
    } else {
        cache.method(&quote!(look))
    };
    quote! {
        #quiet
        let __look = {
            let __key = #key;
            #look
        };
    }
}

/// `let __body = …;`: the body in a closure that takes the arguments.
fn body(cached: &CachedFunction<'_>, host: &HostFunction<'_>) -> TokenStream {
    let private = host.private();
    let output = output(cached);
    if let Some(boxed) = &cached.boxed {
        let body = &boxed.body;
        return quote!(let __body = move || #private::returns::<#output, _>(async move { #body }););
    }
    let body = cached.subject.function.body.to_token_stream();
    if cached.is_async() {
        quote!(let __body = move || #private::returns::<#output, _>(async move #body);)
    } else {
        quote!(let __body = #private::once(move || -> #output #body);)
    }
}
