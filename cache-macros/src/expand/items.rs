//! The common parts of the handles of functions and pages.

use super::attributes::{Attributes, quiet};
use super::borrowed::{Borrowed, all_arguments, outer_signature};
use super::generics::{split, turbofish};
use super::host::HostFunction;
use super::names::HandleNames;
use crate::check::FunctionPlace;
use crate::template::placed_at;
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, FnArg, Generics, Index, Signature, Visibility, parse_quote};

/// The items of a handle.
pub(super) struct Items {
    /// The body, apart from the rest because the user's lint levels apply to it.
    pub(super) body: TokenStream,
    /// The functions for users.
    pub(super) users: Vec<TokenStream>,
    /// The functions for generated code.
    pub(super) hidden: Vec<TokenStream>,
}

impl Items {
    /// The function that the user calls, and its handle: a type of the same name, or functions beside it.
    pub(super) fn beside(
        &self,
        outer: &TokenStream,
        host: &HostFunction<'_>,
        place: FunctionPlace,
        attributes: &Attributes,
    ) -> TokenStream {
        let everywhere = &attributes.everywhere;
        let (quiet, everywhere) = (quiet(), quote!(#(#everywhere)*));
        let Self {
            body,
            users,
            hidden,
        } = self;
        if place != FunctionPlace::Free {
            return quote! {
                #outer
                #everywhere #body
                #(#everywhere #quiet #users)*
                #(#everywhere #[doc(hidden)] #quiet #hidden)*
            };
        }
        let owner = host.names.owner();
        let definition = definition(
            &host.names,
            host.visibility(),
            &attributes.everywhere,
            attributes.summary.as_deref(),
        );
        let check = name_is_free(host).map(|check| quote!(#everywhere #check));
        quote! {
            #definition

            #everywhere
            impl #owner { #body }

            #everywhere
            #quiet
            impl #owner {
                #(#users)*
                #(#[doc(hidden)] #hidden)*
            }

            #check

            #outer
        }
    }
}

/// The type of a handle. It is in a module of its own, so that generated code reaches it even if something else has its name. A
/// handle without a summary is hidden.
pub(super) fn definition(
    names: &HandleNames<'_>,
    visibility: Option<&Visibility>,
    everywhere: &[Attribute],
    summary: Option<&str>,
) -> TokenStream {
    let (quiet, handle) = (quiet(), names.handle_type());
    let Some(module) = names.handle_module() else {
        return quote! {
            #(#everywhere)*
            #[doc(hidden)]
            #quiet
            #visibility enum #handle {}
        };
    };
    let doc = summary.map(|summary| {
        let doc = format!(
            "The handle of the function `{}`.\n\n{summary}",
            names.function()
        );
        quote!(#[doc = #doc])
    });
    let reexport = summary.map_or_else(|| quote!(#[doc(hidden)]), |_| quote!(#[doc(inline)]));
    quote! {
        #(#everywhere)*
        #[doc(hidden)]
        #quiet
        mod #module {
            #doc
            pub enum #handle {
                #[doc(hidden)]
                __Handle(::core::convert::Infallible),
            }
        }

        #(#everywhere)*
        #reexport
        #quiet
        #visibility use #module::#handle;
    }
}

/// Lets the compiler check that the name of the handle leads to the handle. If a module has that name, the outer `__Handle` is
/// found, whose error says what to do.
fn name_is_free(host: &HostFunction<'_>) -> Option<TokenStream> {
    host.names.handle_module()?;
    let (private, handle) = (host.private(), host.names.handle_type());
    let ask = placed_at(quote!(#private::handle::claims(&__Handle)), handle.span());
    let quiet = quiet();
    Some(quote! {
        #quiet
        const _: () = {
            use #private::handle::__Handle;
            {
                use #handle::*;
                #ask
            }
        };
    })
}

/// A function with this body and its attributes.
pub(super) fn uncached_with(
    host: &HostFunction<'_>,
    attributes: &Attributes,
    body: &TokenStream,
) -> TokenStream {
    let mut signature = inner_signature(host);
    signature.ident = host.names.public("uncached");
    let attributes = &attributes.body;
    body_of(host, &quote!(#(#attributes)*), &quote!(#signature #body))
}

/// The same with a function of the original name inside: attributes for handlers may refuse a function in an `impl`.
pub(super) fn uncached_around(
    host: &HostFunction<'_>,
    attributes: &Attributes,
    body: &TokenStream,
) -> TokenStream {
    let mut signature = outer_signature(host.function);
    signature.ident = host.names.public("uncached");
    let (name, turbofish) = (host.function.name(), turbofish(host.function.generics()));
    let arguments = all_arguments(host.function);
    let (inner, attributes) = (inner_signature(host), &attributes.body);
    let each = (0..host.function.arguments().len()).map(Index::from);
    // An argument may have the name of the function.
    let arguments = (each.len() > 0).then(|| quote!(let __arguments = (#arguments,);));
    let around = quote! {
        #signature {
            #arguments
            {
                #(#attributes)*
                #inner #body
                #name #turbofish(#(__arguments.#each),*).await
            }
        }
    };
    // The call passes on arguments that may only be guards.
    let allowed = quote!(#[allow(clippy::used_underscore_binding)]);
    body_of(host, &allowed, &around)
}

/// The signature of the body. An argument may be used by our attribute only.
fn inner_signature(host: &HostFunction<'_>) -> Signature {
    let mut signature = host.function.signature.clone();
    for input in &mut signature.inputs {
        if let FnArg::Typed(argument) = input {
            argument
                .attrs
                .push(parse_quote!(#[allow(unused_variables)]));
        }
    }
    signature
}

fn body_of(
    host: &HostFunction<'_>,
    attributes: &TokenStream,
    function: &TokenStream,
) -> TokenStream {
    let (doc, visibility) = (
        host.doc("Runs the body and touches no cache."),
        host.visibility(),
    );
    quote! {
        #doc
        #[allow(
            dead_code,
            private_bounds,
            private_interfaces,
            unreachable_pub,
            clippy::fn_params_excessive_bools,
            clippy::missing_errors_doc,
            clippy::missing_panics_doc,
            clippy::must_use_candidate,
            clippy::too_many_arguments,
            clippy::type_complexity
        )]
        #attributes
        #visibility #function
    }
}

/// A function for users: its name, its docs, the tokens before and after the name, and its body.
pub(super) fn public(
    host: &HostFunction<'_>,
    (name, promise): (&str, &str),
    asyncness: Option<&TokenStream>,
    head: &TokenStream,
    body: &TokenStream,
) -> TokenStream {
    let (doc, visibility, name) = (
        host.doc(promise),
        host.visibility(),
        host.names.public(name),
    );
    quote! {
        #doc
        #[inline]
        #visibility #asyncness fn #name #head { #body }
    }
}

/// The function that identifies the instance, by the type of a closure, which contains the module, `Self` and all generics. It takes
/// arguments only if their types have no name.
pub(super) fn instance(
    host: &HostFunction<'_>,
    generics: &Generics,
    witnesses: &TokenStream,
    site: &TokenStream,
) -> TokenStream {
    let (private, name) = (host.private(), host.names.hidden("instance"));
    let (generics, clause) = split(generics);
    quote! {
        #[inline(always)]
        fn #name #generics(#witnesses) -> #private::Instance #clause {
            #private::Instance::of(#site, &|| ())
        }
    }
}

/// The function that makes the key.
pub(super) fn key(
    host: &HostFunction<'_>,
    generics: &Generics,
    keyed: &Borrowed<'_>,
    kind: &TokenStream,
    body: &TokenStream,
) -> TokenStream {
    let name = host.names.hidden("key");
    let (generics, clause) = split(generics);
    let (parameters, patterns) = (keyed.parameters(), keyed.taken_apart());
    quote! {
        #[inline]
        fn #name #generics(#parameters) -> #kind #clause {
            #patterns
            #body
        }
    }
}
