//! A cached function that has a handle: the function itself, and the items of the handle.

use super::attributes::Attributes;
use super::borrowed::{Borrowed, outer_name};
use super::generics::{turbofish, without};
use super::host::Host;
use super::keep::Keep;
use super::load::load;
use super::names::Names;
use super::question::{Asked, Question};
use super::{function_handle, handle, outcome, tags};
use crate::check::{Cached, Key, Place};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{FnArg, Generics, Pat, Signature};

/// The pieces of the expansion of one function.
pub(super) struct Expansion<'a> {
    pub(super) cached: &'a Cached<'a>,
    pub(super) host: Host<'a>,
    pub(super) attributes: Attributes,
    pub(super) keep: Keep<'a>,
    pub(super) condition: Option<Question<'a>>,
    /// The generics of what depends on the key alone.
    pub(super) key_generics: Generics,
    /// The generics that tell instances of the function apart.
    pub(super) instance_generics: Generics,
}

pub(super) fn expand(cached: &Cached<'_>) -> TokenStream {
    let expansion = Expansion::new(cached);
    let outer = expansion.outer();
    let items = function_handle::items(&expansion);
    match cached.place {
        Place::Free => handle::as_type(&expansion.host, &expansion.attributes, &items, &outer),
        Place::Inherent | Place::Trait => quote!(#outer #items),
    }
}

impl<'a> Expansion<'a> {
    fn new(cached: &'a Cached<'a>) -> Self {
        let function = cached.subject.function;
        let names = Names::new(function, cached.place, cached.arguments.handle.as_ref());
        let attributes = Attributes::of(&function.attributes).documenting(
            &names,
            &[
                "uncached",
                "peek",
                "invalidate",
                "refresh",
                "set",
                "clear",
                "stats",
            ],
        );
        let host = Host {
            runtime: &cached.runtime,
            function,
            inputs: &cached.inputs,
            names,
        };
        let skipped = cached.arguments.skipped();
        let keyed = Borrowed::new(&cached.inputs, cached.key.names());
        let (parameters, output) = (keyed.parameters(), cached.output());
        let key_generics = without(function.generics(), skipped, &quote!(#parameters #output));
        let instance_generics = without(
            function.generics(),
            skipped,
            &keyed.unnamed_types().parameters(),
        );
        Self {
            cached,
            host,
            attributes,
            keep: Keep::new(&cached.arguments),
            condition: cached
                .arguments
                .condition
                .as_ref()
                .map(|condition| Question::new(Asked::Condition, &condition.value)),
            key_generics,
            instance_generics,
        }
    }

    /// The function that the user calls.
    fn outer(&self) -> TokenStream {
        let Attributes {
            everywhere, outer, ..
        } = &self.attributes;
        let visibility = &self.host.function.visibility;
        let signature = outer_signature(self.host.function);
        let uncached = self.uncached();
        let condition = self.condition.as_ref().map(|condition| {
            let asked = condition.call(
                &self.host,
                &condition.borrowed(&self.host).passed_by_outer(),
            );
            quote!(if !#asked { return #uncached; })
        });
        let (private, look) = (self.host.private(), self.at_key("look", Side::Outer));
        let load = self.load();
        let check = outcome::check(self.cached, &private);
        quote! {
            #(#everywhere)*
            #(#outer)*
            #visibility #signature {
                #check
                #condition
                let __look = #look;
                match __look {
                    #private::Look::Hit(__value) => __value,
                    #private::Look::Miss(__pending) => { #load }
                }
            }
        }
    }

    /// The load of a pending one, around the body.
    pub(super) fn load(&self) -> TokenStream {
        let times = self.keep.questions().into_iter().map(|(name, question)| {
            let asked = question.call(&self.host, &question.borrowed(&self.host).passed_by_outer());
            quote!(let #name = #asked;)
        });
        let tags = tags::borrowed(&self.host, &self.cached.tags).passed_by_outer();
        let tags = tags::call(&self.host, &self.cached.tags, &tags)
            .map(|tags| quote!(let __pending = __pending.tags(#tags);));
        let call = self.body_call();
        let load = load(self.cached.is_async(), &self.host, &self.keep, &call);
        quote! {
            #tags
            #(#times)*
            #load
        }
    }

    /// A call of the body, awaited where it is async.
    fn uncached(&self) -> TokenStream {
        let call = self.body_call();
        if self.cached.is_async() {
            quote!(#call.await)
        } else {
            call
        }
    }

    fn body_call(&self) -> TokenStream {
        let (owner, name) = (self.host.names.owner(), self.host.names.public("uncached"));
        let turbofish = turbofish(self.host.function.generics());
        let arguments = all_arguments(self.host.function);
        quote!(#owner::#name #turbofish(#arguments))
    }

    /// A call of the run time with the instance, the outcome and the key: `look(…)`, `peek(…)` and so on.
    pub(super) fn at_key(&self, what: &str, side: Side) -> TokenStream {
        let is_awaited = side == Side::Handle && self.cached.is_async();
        self.called(what, side, is_awaited)
    }

    /// A call that gives a pending load, which is nothing to await.
    pub(super) fn pending(&self, what: &str, side: Side) -> TokenStream {
        self.called(what, side, false)
    }

    fn called(&self, what: &str, side: Side, is_awaited: bool) -> TokenStream {
        let private = self.host.private();
        let shared = if self.cached.is_shared { "_shared" } else { "" };
        let form = format_ident!("{what}{shared}{}", if is_awaited { "_async" } else { "" });
        let awaited = is_awaited.then(|| quote!(.await));
        let (instance, outcome, key) = (self.instance(side), self.outcome(side), self.key(side));
        match &self.cached.key {
            Key::Arguments(_) if self.cached.is_shared => quote!({
                let __instance = #instance;
                #private::#form(__instance, #outcome, &#private::argument_key(__instance, &#key))#awaited
            }),
            _ => quote!(#private::#form(#instance, #outcome, &#key)#awaited),
        }
    }

    /// The instance of a generic function that the types at hand belong to.
    fn instance(&self, side: Side) -> TokenStream {
        let (owner, name) = (self.owner(side), self.host.names.hidden("instance"));
        let turbofish = turbofish(&self.instance_generics);
        let unnamed = self.unnamed_types();
        let witnesses = match side {
            Side::Outer => unnamed.passed_by_outer(),
            Side::Handle => unnamed.passed_on(),
        };
        quote!(#owner::#name #turbofish(#witnesses))
    }

    /// The kind of outcome.
    fn outcome(&self, side: Side) -> TokenStream {
        if outcome::is_asked_in_place(self.cached) {
            return outcome::question(self.cached, &self.host.private());
        }
        let (owner, name) = (self.owner(side), self.host.names.hidden("outcome"));
        let turbofish = turbofish(&self.key_generics);
        quote!(#owner::#name #turbofish())
    }

    fn key(&self, side: Side) -> TokenStream {
        let (owner, name) = (self.owner(side), self.host.names.hidden("key"));
        let turbofish = turbofish(&self.key_generics);
        let keyed = self.keyed();
        let arguments = match side {
            Side::Outer => keyed.passed_by_outer(),
            Side::Handle => keyed.passed_on(),
        };
        quote!(#owner::#name #turbofish(#arguments))
    }

    fn owner(&self, side: Side) -> TokenStream {
        match side {
            Side::Outer => self.host.names.owner(),
            Side::Handle => quote!(Self),
        }
    }

    /// The inputs that the key needs.
    pub(super) fn keyed(&self) -> Borrowed<'_> {
        Borrowed::new(&self.cached.inputs, self.cached.key.names())
            .with_self(&self.cached.inputs, self.cached.key.uses_self())
    }

    /// Keyed arguments whose type only inference knows.
    pub(super) fn unnamed_types(&self) -> Borrowed<'_> {
        self.keyed().unnamed_types()
    }

    /// `async`, where there is something to await.
    pub(super) fn asyncness(&self) -> Option<TokenStream> {
        self.cached.is_async().then(|| quote!(async))
    }
}

/// Who calls the run time.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// The function that the user calls, with its own arguments.
    Outer,
    /// A function of the handle, whose arguments are references.
    Handle,
}

/// The signature of the function that the user calls: patterns get a name.
pub(super) fn outer_signature(function: &crate::signature::Function) -> Signature {
    let mut signature = function.signature.clone();
    let names: Vec<_> = function.arguments().iter().map(outer_name).collect();
    let mut names = names.into_iter();
    for input in &mut signature.inputs {
        match input {
            FnArg::Receiver(receiver) => {
                receiver.attrs.clear();
                if receiver.reference.is_none() {
                    receiver.mutability = None;
                }
            }
            FnArg::Typed(typed) => {
                typed.attrs.clear();
                let name = names.next();
                *typed.pat = Pat::Verbatim(quote!(#name));
            }
        }
    }
    signature
}

/// All arguments of the function that the user calls, passed on.
pub(super) fn all_arguments(function: &crate::signature::Function) -> TokenStream {
    let receiver = function.receiver().map(super::borrowed::this);
    let names: Vec<_> = function.arguments().iter().map(outer_name).collect();
    let all = receiver.into_iter().chain(names);
    quote!(#(#all),*)
}
