//! A user's expression over the arguments, in a small function of its own: it is compiled once, over references, and a move out
//! of an argument is an error in the expression.

use super::borrowed::{Borrowed, in_place_references};
use super::generics::turbofish;
use super::host::HostFunction;
use super::time;
use crate::scope::free_names;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::Expr;

/// The kind of expression, which decides its type.
#[derive(Clone, Copy)]
pub(super) enum QuestionKind {
    Condition,
    Ttl,
    TtlOfErrors,
    Browser,
    StaleWhileRevalidate,
    StaleIfError,
    SoftTimeout,
    HardTimeout,
}

impl QuestionKind {
    fn name(self) -> &'static str {
        match self {
            Self::Condition => "condition",
            Self::Ttl => "ttl",
            Self::TtlOfErrors => "cache_err",
            Self::Browser => "browser",
            Self::StaleWhileRevalidate => "stale_while_revalidate",
            Self::StaleIfError => "stale_if_error",
            Self::SoftTimeout => "soft_timeout",
            Self::HardTimeout => "hard_timeout",
        }
    }

    fn output(self) -> TokenStream {
        if matches!(self, Self::Condition) {
            quote!(bool)
        } else {
            quote!(::core::time::Duration)
        }
    }
}

/// An expression over the arguments.
pub(super) struct Question<'a> {
    kind: QuestionKind,
    expression: &'a Expr,
    names: Vec<Ident>,
}

impl<'a> Question<'a> {
    pub(super) fn new(kind: QuestionKind, expression: &'a Expr) -> Self {
        Self {
            kind,
            expression,
            names: free_names(expression),
        }
    }

    /// The names that it uses, those of arguments included.
    pub(super) fn names(&self) -> &[Ident] {
        &self.names
    }

    /// The arguments that it uses.
    pub(super) fn borrowed<'h>(&'h self, host: &'h HostFunction<'_>) -> Borrowed<'h> {
        Borrowed::new(host.inputs, &self.names)
    }

    /// The function with the expression.
    pub(super) fn definition(&self, host: &HostFunction<'_>) -> TokenStream {
        let borrowed = self.borrowed(host);
        let name = host.names.hidden(self.kind.name());
        let (generics, _, clause) = host.function.generics().split_for_impl();
        let (parameters, patterns, output, units) = (
            borrowed.parameters(),
            borrowed.taken_apart(),
            self.kind.output(),
            self.units(host),
        );
        let expression = self.answer(host);
        quote! {
            #[inline]
            fn #name #generics(#parameters) -> #output #clause {
                #patterns
                #units
                #expression
            }
        }
    }

    /// A call of that function.
    pub(super) fn call(&self, host: &HostFunction<'_>, arguments: &TokenStream) -> TokenStream {
        let (owner, name) = (host.names.owner(), host.names.hidden(self.kind.name()));
        let turbofish = turbofish(host.function.generics());
        quote!(#owner::#name #turbofish(#arguments))
    }

    /// The expression in place, where there can be no function.
    pub(super) fn in_place(&self, host: &HostFunction<'_>) -> TokenStream {
        let (units, output) = (self.units(host), self.kind.output());
        let references = in_place_references(host.inputs, &self.names);
        let expression = self.answer(host);
        let answer = format_ident!("__{}", self.kind.name());
        quote!({ #references #units let #answer: #output = #expression; #answer })
    }

    /// The expression over references; a time as a `Duration`.
    fn answer(&self, host: &HostFunction<'_>) -> TokenStream {
        let expression = host.inputs.over_references(self.expression.clone());
        match self.kind {
            QuestionKind::Condition => quote!(#expression),
            _ => time::computed(host, &expression),
        }
    }

    fn units(&self, host: &HostFunction<'_>) -> TokenStream {
        match self.kind {
            QuestionKind::Condition => TokenStream::new(),
            _ => host.units(),
        }
    }
}
