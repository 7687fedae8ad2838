//! A load, around the body that the generated code runs itself.

use super::host::HostFunction;
use super::keep::KeepRules;
use proc_macro2::TokenStream;
use quote::quote;

/// Opens a pending load, runs the body in it, and closes it.
pub(super) fn load(
    is_async: bool,
    host: &HostFunction<'_>,
    keep: &KeepRules<'_>,
    call: &TokenStream,
) -> TokenStream {
    let (private, keep) = (host.private(), keep.rule(host));
    let (opened, closed) = if is_async {
        (
            quote!(__pending.open_async().await),
            quote! {
                let __ret = __running.load(#call).await;
                __running.close_async(__ret, #keep).await
            },
        )
    } else {
        (
            quote!(__pending.open()),
            quote! {
                let __ret = {
                    let __inside = __running.enter();
                    #call
                };
                __running.close(__ret, #keep)
            },
        )
    };
    quote! {
        match #opened {
            #private::Open::Done(__value) => __value,
            #private::Open::Run(mut __running) => { #closed }
        }
    }
}
