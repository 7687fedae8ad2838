//! Inputs by reference: the parameters of the small functions with the user's expressions, and the arguments of their calls.

use super::attributes::quiet;
use crate::check::Inputs;
use crate::check::inputs::{is_by_value, is_exclusive};
use crate::signature::{Argument, Function, Passing, plain};
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::visit_mut::{self, VisitMut};
use syn::{FnArg, Pat, PatIdent, Receiver, Signature, Type};

/// The inputs of some names.
pub(super) struct Borrowed<'a> {
    receiver: Option<&'a Receiver>,
    arguments: Vec<&'a Argument<'a>>,
}

impl<'a> Borrowed<'a> {
    pub(super) fn new(inputs: &'a Inputs<'a>, names: &'a [Ident]) -> Self {
        let uses_self = names.iter().any(|name| name == "self");
        Self {
            receiver: inputs.receiver.filter(|_| uses_self),
            arguments: inputs.that_bind(names).collect(),
        }
    }

    /// With `self` as well.
    pub(super) fn with_self(mut self, inputs: &'a Inputs<'a>, uses_self: bool) -> Self {
        self.receiver = inputs.receiver.filter(|_| uses_self);
        self
    }

    /// Only the arguments whose type has no name (`impl Trait`).
    pub(super) fn unnamed_types(mut self) -> Self {
        self.receiver = None;
        self.arguments.retain(|argument| argument.is_impl_trait());
        self
    }

    /// `&self, n: &u64, s: &str, __arg2: &(u8, u8)`.
    pub(super) fn parameters(&self) -> TokenStream {
        let receiver = self.receiver.map(borrowed_receiver);
        let arguments = self.arguments.iter().map(|argument| {
            let (name, ty) = (outer_name(argument), borrowed_type(argument));
            quote!(#name: #ty)
        });
        let all: Vec<_> = receiver.into_iter().chain(arguments).collect();
        quote!(#(#all),*)
    }

    /// The arguments that the function that the user calls passes: `self, &n, s, &__arg2`.
    pub(super) fn passed_by_outer(&self) -> TokenStream {
        let receiver = self.receiver.map(|receiver| {
            let this = this(receiver);
            if is_by_value(receiver) {
                quote!(&#this)
            } else {
                quote!(#this)
            }
        });
        self.call(receiver, reference_in_outer)
    }

    /// The arguments that a function with these parameters passes on: `self, n, s, __arg2`.
    pub(super) fn passed_on(&self) -> TokenStream {
        self.call(
            self.receiver
                .map(|receiver| this(receiver).into_token_stream()),
            |argument| outer_name(argument).into_token_stream(),
        )
    }

    /// The arguments of a call, each made by `expression`.
    pub(super) fn reached_by(
        &self,
        expression: impl Fn(&Argument<'_>) -> TokenStream,
    ) -> TokenStream {
        self.call(None, expression)
    }

    /// Statements that bind the names of the arguments, by reference, to values that are reached by other names.
    pub(super) fn bound_from(&self, value: impl Fn(&Argument<'_>) -> TokenStream) -> TokenStream {
        let (arguments, quiet) = (self.arguments.iter(), quiet());
        arguments
            .map(|argument| {
                let (pattern, value) = (borrowing_pattern(argument), value(argument));
                quote!(#quiet let #pattern = &#value;)
            })
            .collect()
    }

    fn call(
        &self,
        receiver: Option<TokenStream>,
        expression: impl Fn(&Argument<'_>) -> TokenStream,
    ) -> TokenStream {
        let arguments = self.arguments.iter().map(|argument| expression(argument));
        let all: Vec<_> = receiver.into_iter().chain(arguments).collect();
        quote!(#(#all),*)
    }

    /// Statements that bind the names of patterns from parameters by reference.
    pub(super) fn taken_apart(&self) -> TokenStream {
        let patterns = self
            .arguments
            .iter()
            .filter(|argument| argument.simple_name().is_none());
        patterns
            .map(|argument| {
                let (pattern, name) = (borrowing_pattern(argument), outer_name(argument));
                quote!(let #pattern = #name;)
            })
            .collect()
    }
}

/// Statements that rebind the names of values to references.
pub(super) fn in_place_references(inputs: &Inputs<'_>, names: &[Ident]) -> TokenStream {
    let values = names
        .iter()
        .filter(|name| *name != "self" && inputs.reads_through_reference(name));
    values.map(|name| quote!(let #name = &#name;)).collect()
}

/// `self`, with the span of the receiver.
pub(super) fn this(receiver: &Receiver) -> Ident {
    Ident::new("self", receiver.self_token.span)
}

/// The name of an argument in the function that the user calls.
pub(super) fn outer_name(argument: &Argument<'_>) -> Ident {
    match argument.simple_name() {
        Some(name) => name.clone(),
        None => format_ident!("__arg{}", argument.index),
    }
}

/// The signature of the function that the user calls: patterns get a name.
pub(super) fn outer_signature(function: &Function) -> Signature {
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
pub(super) fn all_arguments(function: &Function) -> TokenStream {
    let receiver = function.receiver().map(this);
    let names: Vec<_> = function.arguments().iter().map(outer_name).collect();
    let all = receiver.into_iter().chain(names);
    quote!(#(#all),*)
}

/// A reference to an argument of the outer function.
fn reference_in_outer(argument: &Argument<'_>) -> TokenStream {
    let name = outer_name(argument);
    match argument.passing {
        Passing::Value => quote!(&#name),
        Passing::Reference => quote!(#name),
        Passing::Exclusive => quote!(&*#name),
    }
}

fn borrowed_receiver(receiver: &Receiver) -> TokenStream {
    let this = this(receiver);
    let ty = &receiver.ty;
    if receiver.colon_token.is_none() || is_exclusive(receiver) || !is_by_value(receiver) {
        quote!(&#this)
    } else {
        quote!(#this: &#ty)
    }
}

fn borrowed_type(argument: &Argument<'_>) -> TokenStream {
    let ty = argument.ty;
    match (argument.passing, plain(ty)) {
        (Passing::Exclusive, Type::Reference(reference)) => {
            let (lifetime, inner) = (&reference.lifetime, &reference.elem);
            quote!(&#lifetime #inner)
        }
        (Passing::Value, Type::ImplTrait(_) | Type::TraitObject(_)) => quote!(&(#ty)),
        (Passing::Value, _) => quote!(&#ty),
        _ => quote!(#ty),
    }
}

/// The pattern for matching through a reference, where bindings are references by default.
fn borrowing_pattern(argument: &Argument<'_>) -> Pat {
    struct Plain;
    impl VisitMut for Plain {
        fn visit_pat_ident_mut(&mut self, name: &mut PatIdent) {
            name.by_ref = None;
            name.mutability = None;
            visit_mut::visit_pat_ident_mut(self, name);
        }
    }
    let mut pattern = argument.pattern.clone();
    if argument.passing == Passing::Value {
        Plain.visit_pat_mut(&mut pattern);
    }
    pattern
}
