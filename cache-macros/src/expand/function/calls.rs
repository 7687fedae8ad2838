//! The calls of the cache, the load and the body that the function and its handle have in common.

use super::model::FunctionModel;
use crate::expand::borrowed::{Borrowed, all_arguments};
use crate::expand::cache_call::CacheCall;
use crate::expand::generics::turbofish;
use crate::expand::load::load;
use crate::expand::stale_load::StaleLoad;
use crate::expand::{outcome, tags};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

/// The function that calls.
#[derive(Clone, Copy)]
pub(super) enum Caller {
    /// The function that the user calls, or one with the same arguments.
    Outer,
    /// A function of the handle, whose arguments are references.
    Handle,
}

impl Caller {
    fn passes(self, borrowed: &Borrowed<'_>) -> TokenStream {
        match self {
            Self::Outer => borrowed.passed_by_outer(),
            Self::Handle => borrowed.passed_on(),
        }
    }
}

impl FunctionModel<'_> {
    /// The cache of the function, at the key of the arguments.
    pub(super) fn cache(&self, caller: Caller) -> CacheCall<'_> {
        let owner = match caller {
            Caller::Outer => self.host.names.owner(),
            Caller::Handle => quote!(Self),
        };
        let call = |what, generics, arguments: TokenStream| {
            let (name, turbofish) = (self.host.names.hidden(what), turbofish(generics));
            quote!(#owner::#name #turbofish(#arguments))
        };
        CacheCall {
            cached: self.cached,
            instance: call(
                "instance",
                &self.instance_generics,
                caller.passes(&self.unnamed_types()),
            ),
            outcome: call("outcome", &self.key_generics, TokenStream::new()),
            key: call("key", &self.key_generics, caller.passes(&self.keyed())),
        }
    }

    /// Statements that compute the times which follow from the arguments.
    pub(super) fn times(&self, caller: Caller) -> TokenStream {
        let questions = self.keep.questions().into_iter();
        let times = questions.map(|(name, question)| {
            let arguments = caller.passes(&question.borrowed(&self.host));
            let asked = question.call(&self.host, &arguments);
            quote!(let #name = #asked;)
        });
        times.collect()
    }

    /// `.tags(…)`, if some tags follow from the arguments.
    pub(super) fn tags(&self, caller: Caller) -> Option<TokenStream> {
        let arguments = caller.passes(&tags::borrowed(&self.host, &self.cached.tags));
        let tags = tags::call(&self.host, &self.cached.tags, &arguments)?;
        Some(quote!(.tags(#tags)))
    }

    /// `.staleness(…)`, if anything is said about stale values.
    pub(super) fn staleness(&self, caller: Caller) -> Option<TokenStream> {
        let rules = self.stale.as_ref()?.value(&self.host, |question| {
            let arguments = caller.passes(&question.borrowed(&self.host));
            question.call(&self.host, &arguments)
        });
        Some(quote!(.staleness(#rules)))
    }

    /// `.comparing(…)`, if loads learn from what they change.
    fn comparing(&self) -> Option<TokenStream> {
        self.stale.as_ref().filter(|rules| rules.learns())?;
        let private = self.host.private();
        let outcome = outcome::question(self.cached, &private);
        Some(quote!(.comparing(#private::equals!(#outcome))))
    }

    /// The load of `__pending`, around the body, for which the caller waits.
    pub(super) fn load(&self) -> TokenStream {
        let begin = self.begin();
        let is_async = self.cached.is_async();
        let load = load(is_async, &self.host, &self.keep, &self.body_call());
        quote!(#begin #load)
    }

    /// [`load`](Self::load), or what serves in its place.
    pub(super) fn load_or_serve(&self) -> TokenStream {
        if self.stale.is_none() {
            return self.load();
        }
        let begin = self.begin();
        let load = StaleLoad {
            host: &self.host,
            is_async: self.cached.is_async(),
            stale: &self.cached.arguments.stale,
            keep: &self.keep,
            outcome: outcome::question(self.cached, &self.host.private()),
            call: self.body_call(),
        };
        let load = load.tokens();
        quote!(#begin #load)
    }

    /// What is asked about the arguments before they move into the body.
    fn begin(&self) -> TokenStream {
        let tags = self.tags(Caller::Outer);
        let staleness = self.staleness(Caller::Outer);
        let (looking, comparing) = (self.keep.looking_back(), self.comparing());
        let replaces = self.cached.arguments.replaces.as_ref();
        let revalidating = replaces.map(|_| quote!(.revalidating()));
        let all = quote!(#tags #staleness #looking #comparing #revalidating);
        let pending = (!all.is_empty()).then(|| quote!(let __pending = __pending #all;));
        let times = self.times(Caller::Outer);
        quote!(#pending #times)
    }

    /// The body. Its first step takes the value that the load replaces, if it looks at that: what it calls must not.
    pub(super) fn body(&self) -> TokenStream {
        let body = self.host.function.body.to_token_stream();
        let Some(replaces) = &self.cached.arguments.replaces else {
            return body;
        };
        let (private, old) = (self.host.private(), &replaces.value.0);
        let outcome = outcome::question(self.cached, &private);
        quote!({
            let #old = #private::replaced(#outcome);
            #body
        })
    }

    /// A call of the body; a future if the function is async.
    pub(super) fn body_call(&self) -> TokenStream {
        let (owner, name) = (self.host.names.owner(), self.host.names.public("uncached"));
        let turbofish = turbofish(self.host.function.generics());
        let arguments = all_arguments(self.host.function);
        quote!(#owner::#name #turbofish(#arguments))
    }
}
