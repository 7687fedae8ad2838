//! Calls of the cache in which a function's values are: its own, or one that it shares.

use super::outcome::output;
use super::paths;
use crate::check::{CachedFunction, CheckedKey};
use crate::template::located_at;
use proc_macro2::TokenStream;
use quote::quote;
use syn::spanned::Spanned;

/// The cache of one function, and the key of one call, each as an expression.
pub(super) struct CacheCall<'a> {
    pub(super) cached: &'a CachedFunction<'a>,
    /// The instance of a generic function that the types at hand belong to.
    pub(super) instance: TokenStream,
    /// How the return value is kept.
    pub(super) outcome: TokenStream,
    pub(super) key: TokenStream,
}

impl CacheCall<'_> {
    /// A method that has nothing to wait for.
    pub(super) fn method(&self, method: &TokenStream) -> TokenStream {
        self.call(method, false)
    }

    /// A method that may have to wait for a store, on this thread or awaited as the function is.
    pub(super) fn waiting(&self, blocking: &TokenStream, awaited: &TokenStream) -> TokenStream {
        if self.cached.is_shared && self.cached.is_async() {
            self.call(awaited, true)
        } else {
            self.call(blocking, false)
        }
    }

    fn call(&self, method: &TokenStream, is_awaited: bool) -> TokenStream {
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
        // What cannot be kept is an error on the return type.
        let cache = |instance: &TokenStream| {
            let call = quote!(#place(#instance, #outcome).#method);
            located_at(call, output(cached).span())
        };
        if cached.is_shared && matches!(cached.key, CheckedKey::Arguments(_)) {
            let cache = cache(&quote!(__instance));
            return quote!({
                let __instance = #instance;
                #cache(&#private::argument_key(__instance, &#key)) #awaited
            });
        }
        let cache = cache(instance);
        quote!(#cache(&#key) #awaited)
    }
}
