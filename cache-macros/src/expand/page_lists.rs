//! The two lists of a page's arguments: those that are extracted before the look-up, and those of a miss.

use super::page::Expansion;
use crate::check::Role;
use crate::signature::Argument;
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote};

/// The name of an argument outside of the body.
pub(super) fn argument(index: usize) -> TokenStream {
    format_ident!("__arg{index}").into_token_stream()
}

/// How a list is written.
#[derive(Clone, Copy)]
pub(super) enum Notation {
    /// `Keyed<State<Db>, Nil>`.
    Type,
    /// `Keyed(__arg0, Nil)`.
    Pattern,
}

impl Notation {
    fn argument(self, given: &Argument<'_>) -> TokenStream {
        match self {
            Self::Type => given.ty.to_token_stream(),
            Self::Pattern => argument(given.index),
        }
    }

    fn node(self, private: &TokenStream, name: &Ident, of: &[TokenStream]) -> TokenStream {
        match self {
            Self::Type => quote!(#private::axum::#name<#(#of),*>),
            Self::Pattern => quote!(#private::axum::#name(#(#of),*)),
        }
    }
}

/// The arguments that are extracted before the look-up.
pub(super) fn early(expansion: &Expansion<'_>, notation: Notation) -> TokenStream {
    let private = expansion.host.private();
    let nil = quote!(#private::axum::Nil);
    expansion
        .with_roles()
        .filter(|(_, role)| role.is_early())
        .rev()
        .fold(nil, |rest, (given, role)| {
            notation.node(&private, &node(role, ""), &[notation.argument(given), rest])
        })
}

/// The arguments that are extracted on a miss; the last may take the body.
pub(super) fn late(expansion: &Expansion<'_>, notation: Notation) -> TokenStream {
    let private = expansion.host.private();
    let list = expansion
        .with_roles()
        .filter(|(_, role)| !role.is_early())
        .rev();
    let list = list.fold(None, |rest, (given, role)| {
        let given = notation.argument(given);
        Some(match rest {
            None => notation.node(&private, &node(role, "Last"), &[given]),
            Some(rest) => notation.node(&private, &node(role, ""), &[given, rest]),
        })
    });
    list.unwrap_or_else(|| quote!(#private::axum::Nil))
}

fn node(role: Role, place: &str) -> Ident {
    if role == Role::Guard {
        format_ident!("Guard")
    } else if role.sees_the_real_request() {
        format_ident!("Real{place}")
    } else {
        format_ident!("Keyed{place}")
    }
}
