//! The check, by types, that every argument of a page is accounted for and that guards can reject.
//!
//! A type parameter carries the argument's name into the compiler's message, which prints it without a path. The types are in a
//! function of their own, where a parameter `db` does not hide the module of `db::Pool`.

use super::model::PageModel;
use super::reads;
use crate::check::ArgumentRole;
use crate::expand::generics::{split, turbofish};
use crate::signature::{Argument, plain};
use crate::template::placed_at;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::spanned::Spanned;
use syn::{Index, Type};

/// The functions with the check, which are never called.
pub(super) fn items(page: &PageModel<'_>) -> Vec<TokenStream> {
    let checked = page
        .with_roles()
        .filter(|(_, role)| role.is_accounted_for_by_type() || *role == ArgumentRole::Guard);
    let (arguments, roles): (Vec<_>, Vec<_>) = checked.unzip();
    if arguments.is_empty() {
        return Vec::new();
    }
    let (framework, private) = (page.framework(), page.host.private());
    let (types_name, check_name) = (
        page.host.names.hidden("types"),
        page.host.names.hidden("complete"),
    );
    let generics = page.host.function.generics();
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
    let rule = rule(page);
    let mut leaves = Vec::new();
    let checks: Vec<_> = arguments
        .iter()
        .zip(&names)
        .zip(&roles)
        .enumerate()
        .map(|(at, ((argument, name), role))| {
            let at = Index::from(at);
            let check = if *role == ArgumentRole::Guard {
                let verdicts = parts(argument.ty).into_iter().map(|part| {
                    leaves.push(part);
                    let leaf = Index::from(arguments.len() + leaves.len() - 1);
                    quote!(.or(#framework::guard_verdict!(__types.#leaf)))
                });
                let verdict = quote!(#framework::AdmitsAll #(#verdicts)*);
                quote!(#framework::guards::<#name, _, _>(__types.#at, #verdict))
            } else {
                quote!(#private::page::complete::#rule::<#name, _, _>(__types.#at))
            };
            // The error is where its tokens are: on the type.
            let check = placed_at(check, argument.ty.span());
            quote!(#check;)
        })
        .collect();
    let types = types.chain(leaves);
    let reads = reads::at_once(page);
    let types = quote! {
        fn #types_name #parameters() -> (#(::core::marker::PhantomData<fn() -> #types>,)*) #clause {
            #reads
            ::core::default::Default::default()
        }
    };
    let check = quote! {
        fn #check_name #with_names() #clause {
            let __types = Self::#types_name #turbofish();
            #(#checks)*
        }
    };
    vec![types, check]
}

/// The extractors in a tuple.
fn parts(ty: &Type) -> Vec<&Type> {
    match plain(ty) {
        Type::Tuple(tuple) => tuple.elems.iter().flat_map(parts).collect(),
        ty => vec![ty],
    }
}

fn rule(page: &PageModel<'_>) -> TokenStream {
    match (page.page.key.is_some(), page.page.vary.is_empty()) {
        (false, true) => quote!(by_url),
        (false, false) => quote!(by_vary),
        (true, true) => quote!(by_app),
        (true, false) => quote!(by_headers),
    }
}

/// The names of the arguments in errors: the first that each binds, or one made from its type.
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
