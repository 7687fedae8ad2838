//! The function that the user calls.

use super::calls::Caller;
use super::model::FunctionModel;
use super::verify::verify;
use crate::expand::attributes::Attributes;
use crate::expand::borrowed::outer_signature;
use crate::expand::outcome;
use proc_macro2::TokenStream;
use quote::quote;

pub(super) fn outer(function: &FunctionModel<'_>) -> TokenStream {
    let Attributes {
        everywhere, outer, ..
    } = &function.attributes;
    let host = &function.host;
    let (visibility, signature) = (&host.function.visibility, outer_signature(host.function));
    let private = host.private();
    let check = outcome::check(function.cached, &private);
    let condition = function.condition.as_ref().map(|condition| {
        let asked = condition.call(host, &condition.borrowed(host).passed_by_outer());
        let body = function.body_call();
        let awaited = function.cached.is_async().then(|| quote!(.await));
        let (owner, site) = (host.names.owner(), host.names.hidden("site"));
        quote!(if !#asked {
            #private::bypassed(#owner::#site());
            return #body #awaited;
        })
    });
    let look = if function.stale.is_some() {
        quote!(look_fresh)
    } else {
        quote!(look)
    };
    let look = function.cache(Caller::Outer).method(&look);
    let verify = verify(function);
    let load = function.load_or_serve();
    // One await in place of several: what a hit returns from is small, and dropped at once.
    let load = if function.cached.is_async() {
        quote!(::std::boxed::Box::pin(async move { #load }).await)
    } else {
        load
    };
    quote! {
        #(#everywhere)*
        #(#outer)*
        #visibility #signature {
            #check
            #condition
            let __look = #look;
            match __look {
                #private::Look::Hit(__value) => {
                    #verify
                    __value
                }
                #private::Look::Miss(__pending) => { #load }
            }
        }
    }
}
