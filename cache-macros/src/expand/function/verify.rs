//! Hits that are verified: the body runs as well, on copies of the arguments.

use super::calls::Caller;
use super::model::FunctionModel;
use crate::attr::{Arg, TimeArgument, Verify};
use crate::expand::borrowed::{outer_name, this};
use crate::expand::generics::turbofish;
use crate::expand::{outcome, time};
use crate::signature::Passing;
use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};

/// Statements that verify a hit, if it is wanted. Without an attribute that says so they are there in debug builds alone, where
/// tests ask for them.
pub(super) fn verify(function: &FunctionModel<'_>) -> Option<TokenStream> {
    let (sample, condition) = match &function.cached.arguments.verify {
        Some(Arg { value, .. }) => match value {
            Verify::Never => return None,
            Verify::Part(part) => (quote!(::core::option::Option::Some(#part)), None),
        },
        None => (
            quote!(::core::option::Option::None),
            Some(quote!(#[cfg(debug_assertions)])),
        ),
    };
    let host = &function.host;
    let arguments = host.function.arguments();
    // What the body may change cannot be given to it twice.
    if arguments
        .iter()
        .any(|argument| argument.passing == Passing::Exclusive)
    {
        return None;
    }
    let private = host.private();
    let receiver = host.function.receiver().map(this);
    let names = receiver
        .into_iter()
        .chain(arguments.iter().map(outer_name))
        .map(ToTokens::into_token_stream);
    let names: Vec<_> = names.collect();
    let copies: Vec<_> = (0..names.len())
        .map(|at| format_ident!("__copy{at}"))
        .collect();
    let (owner, site) = (host.names.owner(), host.names.hidden("site"));
    let (uncached, turbofish) = (
        host.names.public("uncached"),
        turbofish(host.function.generics()),
    );
    let call = quote!(#owner::#uncached #turbofish(#(#copies),*));
    let outcome = outcome::question(function.cached, &private);
    let verified = function
        .cache(Caller::Outer)
        .verifying(&quote!(__wanted), &quote!(#private::compared!(#outcome)));
    let compared = if function.cached.is_async() {
        let limit = limit(function);
        quote! {
            // What borrows the arguments ends here: a future that kept it over an await would be sent only if they can be shared.
            let __verified = match #verified {
                ::core::option::Option::Some(__verified) => {
                    #private::copies(|| ::core::option::Option::Some((__verified, #(#private::copied!(#names)?,)*)))
                }
                ::core::option::Option::None => ::core::option::Option::None,
            };
            if let ::core::option::Option::Some((__verified, #(#copies,)*)) = __verified {
                ::std::boxed::Box::pin(__verified.against_async(#limit, move || {
                    #(let #copies = #private::copied!(#copies)?;)*
                    ::core::option::Option::Some(#call)
                }))
                .await;
            }
        }
    } else {
        quote! {
            #private::against(#verified, &mut || {
                #(let #copies = #private::copied!(#names)?;)*
                ::core::option::Option::Some(#call)
            });
        }
    };
    Some(quote! {
        #condition
        if let ::core::option::Option::Some(__wanted) = #private::verifies(#owner::#site(), #sample) {
            #compared
        }
    })
}

/// How long a run may take, where the function says how long its callers wait.
fn limit(function: &FunctionModel<'_>) -> TokenStream {
    let stale = &function.cached.arguments.stale;
    let time = stale.hard_timeout.as_ref().or(stale.soft_timeout.as_ref());
    if let Some(TimeArgument::Fixed(time)) = time.map(|time| &time.value) {
        let time = time::fixed(*time);
        quote!(::core::option::Option::Some(#time))
    } else {
        quote!(::core::option::Option::None)
    }
}
