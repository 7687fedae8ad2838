//! The check that every argument of a page is accounted for, by its type.
//!
//! A type parameter carries the argument's name into the compiler's message, which writes it without a path. The types
//! stand in a function of their own: there a parameter `db` does not hide the module of `db::Pool`.

use super::attributes::quiet;
use super::generics::turbofish;
use super::handle::split;
use super::page::Expansion;
use crate::signature::{Argument, plain};
use crate::template::placed_at;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::Type;
use syn::spanned::Spanned;

/// The functions in which the check stands; nobody calls them.
pub(super) fn items(expansion: &Expansion<'_>) -> Option<TokenStream> {
    let accounted = expansion
        .with_roles()
        .filter(|(_, role)| role.is_accounted_for_by_type());
    let arguments: Vec<_> = accounted.map(|(argument, _)| argument).collect();
    if arguments.is_empty() {
        return None;
    }
    let (private, quiet) = (expansion.host.private(), quiet());
    let (types_name, known_name) = (
        expansion.host.names.hidden("types"),
        expansion.host.names.hidden("known"),
    );
    let generics = expansion.host.function.generics();
    let (parameters, clause) = split(generics);
    let turbofish = turbofish(generics);

    let types = arguments.iter().map(|argument| argument.ty);
    let names = spoken_names(&arguments);
    let mut with_names = generics.clone();
    with_names.params.extend(
        names
            .iter()
            .map(|name| -> syn::GenericParam { syn::parse_quote!(#name) }),
    );
    let (with_names, _) = split(&with_names);
    let rule = rule(expansion);
    let checks = arguments
        .iter()
        .zip(&names)
        .enumerate()
        .map(|(at, (argument, name))| {
            let at = syn::Index::from(at);
            let check = quote!(#private::axum::known::#rule::<#name, _, _>(__types.#at));
            // The error stands where its tokens stand: on the type.
            let check = placed_at(check, argument.ty.span());
            quote!(#check;)
        });
    Some(quote! {
        #[doc(hidden)]
        #quiet
        fn #types_name #parameters() -> (#(::core::marker::PhantomData<fn() -> #types>,)*) #clause {
            ::core::default::Default::default()
        }

        #[doc(hidden)]
        #quiet
        fn #known_name #with_names() #clause {
            let __types = Self::#types_name #turbofish();
            #(#checks)*
        }
    })
}

fn rule(expansion: &Expansion<'_>) -> Ident {
    match (expansion.page.key.is_some(), expansion.page.vary.is_empty()) {
        (false, true) => format_ident!("by_url"),
        (false, false) => format_ident!("by_vary"),
        (true, true) => format_ident!("by_app"),
        (true, false) => format_ident!("by_headers"),
    }
}

/// The names by which errors speak of the arguments: the first that each binds, or one that it could have.
fn spoken_names(arguments: &[&Argument<'_>]) -> Vec<Ident> {
    let mut names: Vec<Ident> = Vec::new();
    for argument in arguments {
        let mut name = argument
            .names
            .first()
            .cloned()
            .unwrap_or_else(|| name_by_type(argument));
        if names.contains(&name) {
            name = format_ident!("{name}_{}", argument.index);
        }
        names.push(name);
    }
    names
}

/// `_headermap` for a `_: HeaderMap`.
fn name_by_type(argument: &Argument<'_>) -> Ident {
    let word = match plain(argument.ty) {
        Type::Path(path) => path
            .path
            .segments
            .last()
            .map(|last| last.ident.to_string().to_lowercase()),
        _ => None,
    };
    format_ident!("_{}", word.unwrap_or_else(|| "argument".to_owned()))
}
