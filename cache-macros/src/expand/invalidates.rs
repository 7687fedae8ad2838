//! A function under `#[invalidates]`. The names that follow from the arguments are rendered before the body takes the arguments, and
//! sent after it.

use super::attributes::quiet;
use super::borrowed::in_place_references;
use super::changed::with_body;
use super::host::HostFunction;
use super::key::rendered;
use super::names::HandleNames;
use super::question::{Question, QuestionKind};
use super::site::{self, SiteKind};
use super::summary;
use crate::attr::{Arg, Arguments};
use crate::check::{FilledText, FunctionPlace, InvalidatingFunction};
use crate::signature::{Function, plain, speaks_of};
use crate::template::placed_at;
use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ExprClosure;
use syn::spanned::Spanned;

/// The function with a body that also sends the invalidations.
pub(crate) fn invalidates(stale: &InvalidatingFunction<'_>) -> Function {
    let function = stale.subject.function;
    let host = HostFunction {
        runtime: &stale.runtime,
        function,
        inputs: &stale.inputs,
        names: HandleNames::new(function, FunctionPlace::Trait, None),
    };
    let (site, collected) = (site(stale, &host), collected(stale, &host));
    let run = if stale.arguments.before.is_some() {
        before(stale, &host)
    } else {
        after(stale, &host)
    };
    let private = host.private();
    let all = quote! {
        let __changing = #private::Changing::begin();
        #site #collected #run
    };
    let body = match &stale.boxed {
        Some(_) => quote!(::std::boxed::Box::pin(async move { #all })),
        None => all,
    };
    with_body(function, &summary::invalidates(stale), &body)
}

fn site(stale: &InvalidatingFunction<'_>, host: &HostFunction<'_>) -> TokenStream {
    let (private, quiet) = (host.private(), quiet());
    let arguments = Arguments {
        cache: stale.arguments.cache.clone(),
        ..Arguments::default()
    };
    let kind = SiteKind::Invalidates(stale);
    let statements = site::statements(host, kind, &arguments, stale.subject.block);
    quote! {
        #quiet
        let __site: &'static #private::Site = {
            #statements
            &SITE
        };
    }
}

/// `__stale`, and `__wanted`: whether it is to be sent.
fn collected(stale: &InvalidatingFunction<'_>, host: &HostFunction<'_>) -> TokenStream {
    let (private, quiet) = (host.private(), quiet());
    let references = in_place_references(host.inputs, &stale.names());
    let add = |what: &str, text: &FilledText| {
        let what = format_ident!("{what}");
        let rendered = rendered(host.runtime, &text.parts, text.literal.span());
        quote!(__stale.#what(#rendered);)
    };
    let tags = stale.tags.iter().map(|text| add("tag", text));
    let keys = stale.keys.iter().map(|text| add("key", text));
    let namespace = stale.namespace.iter().map(|text| add("namespace", text));
    let each = tags.chain(keys).chain(namespace);
    let condition = stale.arguments.condition.as_ref();
    let wanted = condition.map_or_else(
        || quote!(true),
        |condition| Question::new(QuestionKind::Condition, &condition.value).in_place(host),
    );
    quote! {
        #quiet
        let __wanted = #wanted;
        #quiet
        let mut __stale = {
            #references
            let mut __stale = #private::Invalidation::new();
            #(#each)*
            __stale
        };
    }
}

fn before(stale: &InvalidatingFunction<'_>, host: &HostFunction<'_>) -> TokenStream {
    let (private, send) = (host.private(), send(stale, host));
    let run = if stale.is_async() {
        let body = body(stale, host);
        quote!(#body #private::InChange::new(&__changing, __body).await)
    } else {
        host.function.body.to_token_stream()
    };
    quote! {
        if __wanted {
            #send
        }
        #run
    }
}

fn after(stale: &InvalidatingFunction<'_>, host: &HostFunction<'_>) -> TokenStream {
    let (private, quiet) = (host.private(), quiet());
    let (body, send) = (body(stale, host), send(stale, host));
    let ret = if stale.is_async() {
        quote!(#private::InChange::new(&__changing, __body).await)
    } else {
        quote!(__body())
    };
    let of_value = [
        ("tag", &stale.arguments.tags_of_value),
        ("key", &stale.arguments.keys_of_value),
    ];
    let of_value = of_value
        .into_iter()
        .filter_map(|(what, closure)| Some(of_kept(host, what, closure.as_ref()?)));
    // The value is not borrowed across the await, which would require it to be `Sync`.
    quote! {
        #body
        #quiet
        let __ret = #ret;
        #quiet
        let __wanted = __wanted
            && match #private::kept!(&__ret) {
                ::core::option::Option::Some(__kept) => {
                    #(#of_value)*
                    true
                }
                ::core::option::Option::None => false,
            };
        if __wanted {
            #send
        }
        __ret
    }
}

/// Adds the names that follow from the value.
fn of_kept(host: &HostFunction<'_>, what: &str, closure: &Arg<ExprClosure>) -> TokenStream {
    let (private, what) = (host.private(), format_ident!("{what}"));
    let (closure, place) = (&closure.value, closure.value.span());
    let ask = placed_at(quote!(#private::of_kept_by_reference), place);
    let kept = quote!(__kept);
    let all = quote_spanned!(place=> #ask(#kept, #closure));
    quote! {
        for __each in #all {
            __stale.#what(__each);
        }
    }
}

/// `let __body = …;`: the body in a closure or a future that takes the arguments. A type without a name is inferred.
fn body(stale: &InvalidatingFunction<'_>, host: &HostFunction<'_>) -> TokenStream {
    let private = host.private();
    let output = stale
        .output()
        .map_or_else(|| quote!(()), |output| plain(output).to_token_stream());
    let has_name = !speaks_of(output.clone(), "impl");
    let body = match &stale.boxed {
        Some(boxed) => {
            let body = &boxed.body;
            quote!({ #body })
        }
        None => host.function.body.to_token_stream(),
    };
    match (stale.is_async(), has_name) {
        (true, true) => quote!(let __body = #private::returns::<#output, _>(async move #body);),
        (true, false) => quote!(let __body = async move #body;),
        (false, true) => quote!(let __body = #private::once(move || -> #output #body);),
        (false, false) => quote!(let __body = #private::once(move || #body);),
    }
}

fn send(stale: &InvalidatingFunction<'_>, host: &HostFunction<'_>) -> TokenStream {
    let private = host.private();
    if stale.is_async() {
        quote!(#private::InChange::new(&__changing, #private::invalidates_async(__site, __stale)).await;)
    } else {
        quote!(#private::invalidates(__site, __stale);)
    }
}
