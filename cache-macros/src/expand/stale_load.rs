//! A load of a function with rules about stale values: it may run behind the call, and the call may give up waiting.

use super::borrowed::{outer_name, this};
use super::generics::turbofish;
use super::host::HostFunction;
use super::keep::KeepRules;
use crate::attr::StaleArguments;
use crate::check::inputs::is_by_value;
use crate::signature::Passing;
use crate::template::{located_at, placed_at};
use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

/// What such a load is made of.
pub(super) struct StaleLoad<'a> {
    pub(super) host: &'a HostFunction<'a>,
    pub(super) is_async: bool,
    pub(super) stale: &'a StaleArguments,
    pub(super) keep: &'a KeepRules<'a>,
    /// How the return value is kept: as found in place, where the type of the kept part is known.
    pub(super) outcome: TokenStream,
    /// The body, with the arguments of the call.
    pub(super) call: TokenStream,
}

impl StaleLoad<'_> {
    /// What becomes of `__pending`, which knows its rules.
    pub(super) fn tokens(&self) -> TokenStream {
        let private = self.host.private();
        let (behind, run) = (self.behind(), self.run());
        let opened = quote! {
            match __opened {
                #private::StaleOpen::Done(__value) => __value,
                #private::StaleOpen::Behind(__value, __running) => {
                    #behind
                    __value
                }
                #private::StaleOpen::Run(mut __running) => { #run }
            }
        };
        if self.stale.hard_timeout.is_none() {
            let open = self.waiting(
                quote!(__pending.open_stale()),
                &quote!(__pending.open_stale_async()),
            );
            return quote!({ let __opened = #open; #opened });
        }
        let gave_up = self.gave_up();
        let open = self.waiting(
            quote!(__pending.open_within()),
            &quote!(__pending.open_within_async()),
        );
        quote! {
            match #open {
                ::core::result::Result::Ok(__opened) => #opened,
                ::core::result::Result::Err(__timed_out) => #gave_up,
            }
        }
    }

    /// A call that waits on this thread, or one that is awaited.
    fn waiting(&self, blocking: TokenStream, awaited: &TokenStream) -> TokenStream {
        if self.is_async {
            quote!(#awaited.await)
        } else {
            blocking
        }
    }

    /// The body behind the call, where the attribute asks for such.
    fn behind(&self) -> TokenStream {
        let Some(behind) = self.stale.first_behind() else {
            return quote!(::core::mem::drop(__running););
        };
        let (private, keep) = (self.host.private(), self.keep.closure(self.host));
        let (owned, call) = (self.owned(), self.owned_call());
        if self.is_async {
            // What cannot go to another thread is an error on the argument that has it go there.
            let head = located_at(quote!(move || async move), behind.span());
            quote! {
                #owned
                let __load = __running.behind_async(#head { #call.await }, #keep);
                #private::spawn(__load).await;
            }
        } else {
            let head = located_at(quote!(move ||), behind.span());
            quote! {
                #owned
                #private::spawn_blocking(__running.behind(#head #call, #keep));
            }
        }
    }

    /// The load for which the caller waits.
    fn run(&self) -> TokenStream {
        if self.stale.has_timeout() {
            return self.run_apart();
        }
        let (call, keep) = (&self.call, self.keep.rule(self.host));
        let closed = if self.is_async {
            quote! {
                let __ret = __running.load(#call).await;
                let __closed = __running.close_stale_async(__ret, #keep).await;
            }
        } else {
            quote! {
                let __ret = {
                    let __inside = __running.enter();
                    #call
                };
                let __closed = __running.close_stale(__ret, #keep);
            }
        };
        let failed = self.failed();
        quote! {
            #closed
            match __closed {
                ::core::result::Result::Ok(__value) => __value,
                #failed
            }
        }
    }

    /// The load where the caller may give up waiting for it: it runs elsewhere.
    fn run_apart(&self) -> TokenStream {
        let (behind, failed) = (self.behind(), self.failed());
        let waited = if self.stale.hard_timeout.is_some() {
            let gave_up = self.gave_up();
            let waited = self.waiting(
                quote!(__waiter.wait_within()),
                &quote!(__waiter.wait_within_async()),
            );
            quote! {
                match #waited {
                    ::core::result::Result::Ok(__waited) => match __waited {
                        ::core::result::Result::Ok(__value) => __value,
                        #failed
                    },
                    ::core::result::Result::Err(__timed_out) => #gave_up,
                }
            }
        } else {
            let waited = self.waiting(quote!(__waiter.wait()), &quote!(__waiter.wait_async()));
            quote! {
                match #waited {
                    ::core::result::Result::Ok(__value) => __value,
                    #failed
                }
            }
        };
        quote! {
            let (__running, __waiter) = __running.apart();
            #behind
            #waited
        }
    }

    /// The arm for a load that has failed where no stale value serves.
    fn failed(&self) -> TokenStream {
        if let Some(fallback) = self.fallback() {
            quote!(::core::result::Result::Err(_) => #fallback,)
        } else {
            quote!(::core::result::Result::Err(__failed) => __failed,)
        }
    }

    /// What a caller gets that has given up.
    fn gave_up(&self) -> TokenStream {
        let private = self.host.private();
        if let Some(fallback) = self.fallback() {
            return quote!({ let _ = __timed_out; #fallback });
        }
        let given = quote!(#private::timed_out(__timed_out));
        match &self.stale.hard_timeout {
            Some(hard) => located_at(given, hard.name.span()),
            None => given,
        }
    }

    fn fallback(&self) -> Option<TokenStream> {
        let fallback = &self.stale.fallback.as_ref()?.value;
        let (private, outcome) = (self.host.private(), &self.outcome);
        Some(quote_spanned! {fallback.span()=>
            #private::fallback(#outcome, || #fallback)
        })
    }

    /// Statements that make owned values of what the body borrows.
    fn owned(&self) -> TokenStream {
        let private = self.host.private();
        let receiver = self.host.function.receiver();
        let receiver = receiver
            .filter(|receiver| !is_by_value(receiver))
            .map(|receiver| {
                let (this, place) = (this(receiver), receiver.span());
                let owned = placed_at(quote!(#private::owned), place);
                let owned = quote!(#owned(#this));
                quote!(let __owned_self = #owned;)
            });
        let arguments = self.host.function.arguments();
        let references = arguments
            .iter()
            .filter(|argument| argument.passing == Passing::Reference)
            .map(|argument| {
                let (name, own) = (
                    outer_name(argument),
                    format_ident!("__owned{}", argument.index),
                );
                let owned = placed_at(quote!(#private::owned), argument.ty.span());
                let owned = quote!(#owned(#name));
                quote!(let #own = #owned;)
            });
        quote!(#receiver #(#references)*)
    }

    /// The body, over owned values.
    fn owned_call(&self) -> TokenStream {
        let function = self.host.function;
        let receiver = function.receiver().map(|receiver| {
            if is_by_value(receiver) {
                this(receiver).to_token_stream()
            } else {
                quote!(__owned_self.get())
            }
        });
        let arguments = function.arguments();
        let arguments = arguments.iter().map(|argument| match argument.passing {
            Passing::Reference => {
                let own = format_ident!("__owned{}", argument.index);
                quote!(#own.get())
            }
            Passing::Value | Passing::Exclusive => outer_name(argument).to_token_stream(),
        });
        let all = receiver.into_iter().chain(arguments);
        let (owner, name) = (self.host.names.owner(), self.host.names.public("uncached"));
        let turbofish = turbofish(function.generics());
        quote!(#owner::#name #turbofish(#(#all),*))
    }
}
