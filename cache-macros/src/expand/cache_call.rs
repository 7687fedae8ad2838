//! Calls of the cache of a function: its own, or a shared one.

use super::outcome::output;
use super::paths;
use crate::check::{CachedFunction, CheckedKey};
use crate::template::located_at;
use proc_macro2::TokenStream;
use quote::quote;
use syn::spanned::Spanned;

/// The expressions for the cache of a function and the key of a call.
pub(super) struct CacheCall<'a> {
    pub(super) cached: &'a CachedFunction<'a>,
    /// The instance of a generic function for the types of the call.
    pub(super) instance: TokenStream,
    /// How the return value is kept.
    pub(super) outcome: TokenStream,
    pub(super) key: TokenStream,
}

impl CacheCall<'_> {
    /// A call of a method that never waits.
    pub(super) fn method(&self, method: &TokenStream) -> TokenStream {
        self.call(method, false)
    }

    /// A call of a method that may wait for a store: blocking, or awaited if the function is async.
    pub(super) fn waiting(&self, blocking: &TokenStream, awaited: &TokenStream) -> TokenStream {
        if self.cached.is_shared && self.cached.is_async() {
            self.call(awaited, true)
        } else {
            self.call(blocking, false)
        }
    }

    /// The hit on the key, if it is verified.
    pub(super) fn verifying(&self, wanted: &TokenStream, compared: &TokenStream) -> TokenStream {
        self.call_with(&quote!(verify), false, Some(&quote!(#wanted, #compared)))
    }

    fn call(&self, method: &TokenStream, is_awaited: bool) -> TokenStream {
        self.call_with(method, is_awaited, None)
    }

    /// A call with the last arguments beside the key.
    fn call_with(
        &self,
        method: &TokenStream,
        is_awaited: bool,
        last: Option<&TokenStream>,
    ) -> TokenStream {
        let last = last.map(|last| quote!(, #last));
        let awaited = is_awaited.then(|| quote!(.await));
        let private = paths::private(&self.cached.runtime);
        let Self {
            cached,
            instance,
            outcome,
            key,
        } = self;
        let place = if cached.is_shared {
            quote!(#private::shared)
        } else {
            quote!(#private::local)
        };
        // The error about a value that cannot be kept is on the return type.
        let cache = |instance: &TokenStream| {
            let call = quote!(#place(#instance, #outcome).#method);
            located_at(call, output(cached).span())
        };
        if cached.is_shared && matches!(cached.key, CheckedKey::Arguments(_)) {
            let cache = cache(&quote!(__instance));
            return quote!({
                let __instance = #instance;
                #cache(&#private::argument_key(__instance, &#key) #last) #awaited
            });
        }
        let cache = cache(instance);
        quote!(#cache(&#key #last) #awaited)
    }
}
