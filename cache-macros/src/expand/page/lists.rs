//! The two lists of a page's arguments: those that are extracted before the look-up, and those that are extracted on a miss.

use super::model::PageModel;
use crate::check::ArgumentRole;
use crate::signature::Argument;
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote};

/// The name of an argument outside the body.
pub(super) fn argument(index: usize) -> TokenStream {
    format_ident!("__arg{index}").into_token_stream()
}

/// The form of a list.
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

    fn node(self, framework: &TokenStream, name: &Ident, of: &[TokenStream]) -> TokenStream {
        match self {
            Self::Type => quote!(#framework::#name<#(#of),*>),
            Self::Pattern => quote!(#framework::#name(#(#of),*)),
        }
    }
}

/// The arguments that are extracted before the look-up.
pub(super) fn before_lookup(page: &PageModel<'_>, notation: Notation) -> TokenStream {
    let framework = page.framework();
    let nil = quote!(#framework::Nil);
    page.with_roles()
        .filter(|(_, role)| role.is_before_lookup())
        .rev()
        .fold(nil, |rest, (given, role)| {
            notation.node(
                &framework,
                &node(role, ""),
                &[notation.argument(given), rest],
            )
        })
}

/// The arguments that are extracted on a miss; the last may take the body.
pub(super) fn on_miss(page: &PageModel<'_>, notation: Notation) -> TokenStream {
    let framework = page.framework();
    let list = page
        .with_roles()
        .filter(|(_, role)| !role.is_before_lookup())
        .rev();
    let list = list.fold(None, |rest, (given, role)| {
        let given = notation.argument(given);
        Some(match rest {
            None => notation.node(&framework, &node(role, "Last"), &[given]),
            Some(rest) => notation.node(&framework, &node(role, ""), &[given, rest]),
        })
    });
    let mut list = list.unwrap_or_else(|| quote!(#framework::Nil));
    if page.page.framework.answers_to_a_request() {
        let request = match notation {
            Notation::Type => quote!(#framework::AnsweredRequest),
            Notation::Pattern => quote!(__answered),
        };
        list = notation.node(&framework, &format_ident!("Keyed"), &[request, list]);
    }
    if page.page.conditional.is_some() {
        // First of all, the conditions that the client's request has.
        let request = match notation {
            Notation::Type => {
                let private = page.host.private();
                quote!(#private::page::ConditionalRequest)
            }
            Notation::Pattern => request(),
        };
        list = notation.node(&framework, &format_ident!("Real"), &[request, list]);
    }
    list
}

/// The name of the request whose conditions are asked for.
pub(super) fn request() -> TokenStream {
    quote!(__request)
}

fn node(role: ArgumentRole, place: &str) -> Ident {
    if role == ArgumentRole::Guard {
        format_ident!("GuardArgument")
    } else if role.sees_the_real_request() {
        format_ident!("Real{place}")
    } else {
        format_ident!("Keyed{place}")
    }
}
