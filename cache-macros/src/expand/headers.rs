//! A handler that is not cached, with a header for other caches.

use super::attributes::{Attributes, documentation, quiet, resolved};
use super::conditional;
use super::generics::turbofish;
use super::host::HostFunction;
use super::names::HandleNames;
use super::paths::framework;
use super::summary;
use super::told;
use crate::check::{FunctionPlace, Headers};
use crate::signature::{Argument, Function, Passing};
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::Type;

/// Expands the attributes about header fields on a handler that is not cached.
pub(crate) fn headers(headers: &Headers<'_>) -> TokenStream {
    let function = headers.subject.function;
    let Attributes {
        everywhere,
        outer,
        body,
        ..
    } = Attributes::of_handler(&function.attributes, headers.framework);
    let (visibility, name, runtime) = (&function.visibility, function.name(), &headers.runtime);
    let (framework, summary) = (
        framework(runtime, headers.framework),
        documentation(&summary::headers(headers)),
    );
    let (generics, _, clause) = function.generics().split_for_impl();
    let arguments: Vec<_> = (0..function.arguments().len())
        .map(|index| format_ident!("__arg{index}"))
        .collect();
    let types: Vec<_> = function
        .arguments()
        .iter()
        .map(|argument| argument.ty.clone())
        .collect();
    let turbofish = turbofish(function.generics());

    let plain_name = syn::ext::IdentExt::unraw(name);
    let (inside, beside, call) = match headers.place {
        FunctionPlace::Free => (
            Some(inner(function, &body, name.clone())),
            None,
            quote!(#name),
        ),
        FunctionPlace::Inherent | FunctionPlace::Trait => {
            let hidden = format_ident!("__{plain_name}_body");
            let (inner, quiet) = (inner(function, &body, hidden.clone()), quiet());
            (
                None,
                Some(quote!(#(#everywhere)* #[doc(hidden)] #quiet #inner)),
                quote!(Self::#hidden),
            )
        }
    };
    let mut answer = quote!(#call #turbofish(#(#arguments),*).await);
    let answers_to_a_request = headers.framework.answers_to_a_request();
    if answers_to_a_request {
        answer = quote!(#framework::answer(#answer, &__answered));
    }
    let answer = known_before(headers, answer);
    let is_deferred = headers.conditional.is_some()
        || answers_to_a_request
        || (!arguments.is_empty() && can_be_deferred(function));
    let (parameters, answer) = if is_deferred {
        deferred(headers, &arguments, &types, &answer)
    } else {
        (quote!(#(#arguments: #types),*), answer)
    };
    let answer = told_to_caches(headers, answer);
    let resolved = resolved(headers.subject.unresolved);
    quote! {
        #(#everywhere)*
        #(#outer)*
        #summary
        #visibility async fn #name #generics(#parameters) -> #framework::Response #clause {
            #resolved
            #inside
            #answer
        }

        #beside
    }
}

/// Whether all types can be named outside of the function.
fn can_be_deferred(function: &Function) -> bool {
    let arguments = function.arguments();
    arguments
        .iter()
        .all(|argument| argument.passing == Passing::Value && !argument.is_impl_trait())
}

/// What the attributes compute from the arguments before the handler takes them, and its answer.
fn known_before(headers: &Headers<'_>, mut answer: TokenStream) -> TokenStream {
    let (host, framework) = (
        host(headers),
        framework(&headers.runtime, headers.framework),
    );
    let by_index = |given: &Argument<'_>| format_ident!("__arg{}", given.index).into_token_stream();
    if let Some(said) = &headers.conditional {
        let known = conditional::known(&host, said, &headers.vary, by_index);
        answer =
            quote!(#framework::conditional(__conditions, #known, async move { #answer }).await);
    }
    match &headers.told {
        Some(said) if said.computed().next().is_some() => {
            let told = told::computed(&host, said, by_index);
            quote!({
                let __told = #told;
                #framework::told(#answer, __told)
            })
        }
        _ => answer,
    }
}

/// The answer, with what other caches are told.
fn told_to_caches(headers: &Headers<'_>, mut answer: TokenStream) -> TokenStream {
    let framework = framework(&headers.runtime, headers.framework);
    if !headers.vary.is_empty() {
        let names = headers.vary.header_value();
        answer = quote!(#framework::vary(#answer, #names));
    }
    if let Some(said) = &headers.told {
        let told = told::fixed(&host(headers), said);
        answer = quote!(#framework::cache_control(#answer, #told));
    }
    if headers.is_never_cached {
        answer = quote!(#framework::never_cache(#answer));
    }
    answer
}

fn host<'h>(headers: &'h Headers<'_>) -> HostFunction<'h> {
    let function = headers.subject.function;
    HostFunction {
        runtime: &headers.runtime,
        function,
        inputs: &headers.inputs,
        names: HandleNames::new(function, headers.place, None),
    }
}

/// The request as the only argument, and the answer of the handler, whose arguments are extracted from it: so the answer of an
/// extractor that rejects the request gets the headers too.
fn deferred(
    headers: &Headers<'_>,
    arguments: &[Ident],
    types: &[Type],
    answer: &TokenStream,
) -> (TokenStream, TokenStream) {
    let framework = framework(&headers.runtime, headers.framework);
    let (mut list, mut pattern) = (None, None);
    for (name, ty) in arguments.iter().zip(types).rev() {
        list = Some(match list {
            None => quote!(#framework::RealLast<#ty>),
            Some(rest) => quote!(#framework::Real<#ty, #rest>),
        });
        pattern = Some(match pattern {
            None => quote!(#framework::RealLast(#name)),
            Some(rest) => quote!(#framework::Real(#name, #rest)),
        });
    }
    let nil = || quote!(#framework::Nil);
    let (mut list, mut pattern) = (list.unwrap_or_else(nil), pattern.unwrap_or_else(nil));
    if headers.framework.answers_to_a_request() {
        list = quote!(#framework::Real<#framework::AnsweredRequest, #list>);
        pattern = quote!(#framework::Real(__answered, #pattern));
    }
    if headers.conditional.is_some() {
        let private = host(headers).private();
        list = quote!(#framework::Real<#private::page::ConditionalRequest, #list>);
        pattern = quote!(#framework::Real(__conditions, #pattern));
    }
    (
        quote!(__request: #framework::Deferred<#framework::Nil, #list>),
        quote!(#framework::extracted(__request, |#pattern| async move { #answer }).await),
    )
}

/// The body, with its attributes.
fn inner(function: &Function, attributes: &[syn::Attribute], name: Ident) -> TokenStream {
    let mut signature = function.signature.clone();
    signature.ident = name;
    let body = &function.body;
    quote!(#(#attributes)* #signature #body)
}
