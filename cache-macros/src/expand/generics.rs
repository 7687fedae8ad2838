//! Generics of the generated functions.

use crate::signature::{parameters, speaks_of};
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::{GenericParam, Generics};

/// `::<T, N>`: the type and const parameters as arguments. Lifetimes are inferred.
pub(super) fn turbofish(generics: &Generics) -> TokenStream {
    let parameters = parameters(generics);
    if parameters.is_empty() {
        TokenStream::new()
    } else {
        quote!(::<#(#parameters),*>)
    }
}

/// `<T: Bound>` and `where …`.
pub(super) fn split(generics: &Generics) -> (TokenStream, TokenStream) {
    let (parameters, _, clause) = generics.split_for_impl();
    (parameters.to_token_stream(), clause.to_token_stream())
}

/// The generics without those parameters of `skipped` that `mentioned` does not use.
pub(super) fn without(generics: &Generics, skipped: &[Ident], mentioned: &TokenStream) -> Generics {
    let mut left = generics.clone();
    for name in skipped
        .iter()
        .filter(|name| !speaks_of(mentioned.clone(), &name.to_string()))
    {
        let smaller = remove(&left, name);
        if !speaks_of(bounds(&smaller), &name.to_string()) {
            left = smaller;
        }
    }
    left
}

/// The generics without a parameter and its bounds.
fn remove(generics: &Generics, name: &Ident) -> Generics {
    let mut left = generics.clone();
    let is_it = |parameter: &GenericParam| match parameter {
        GenericParam::Type(ty) => ty.ident == *name,
        GenericParam::Const(constant) => constant.ident == *name,
        GenericParam::Lifetime(_) => false,
    };
    left.params = left
        .params
        .into_iter()
        .filter(|parameter| !is_it(parameter))
        .collect();
    if let Some(clause) = &mut left.where_clause {
        let predicates = std::mem::take(&mut clause.predicates);
        let others = predicates
            .into_iter()
            .filter(|predicate| !speaks_of(predicate.to_token_stream(), &name.to_string()));
        clause.predicates = others.collect();
    }
    left
}

fn bounds(generics: &Generics) -> TokenStream {
    let (parameters, clause) = (&generics.params, &generics.where_clause);
    quote!(#parameters #clause)
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::format_ident;
    use syn::parse_quote;

    fn left(generics: &Generics, skipped: &str, mentioned: &str) -> String {
        let (parameters, clause) = {
            let left = without(
                generics,
                &[format_ident!("{skipped}")],
                &mentioned.parse().expect("tokens"),
            );
            (
                left.params.to_token_stream(),
                left.where_clause.to_token_stream(),
            )
        };
        format!("{parameters} {clause}").trim().to_owned()
    }

    #[test]
    fn a_skipped_parameter_goes_with_its_bounds() {
        let mut generics: Generics = parse_quote!(<'a, T: Copy, D>);
        generics.where_clause = parse_quote!(where D: Db, T: Eq);
        assert_eq!(left(&generics, "D", "T"), "'a , T : Copy where T : Eq");
    }

    #[test]
    fn a_parameter_that_something_needs_stays() {
        assert_eq!(left(&parse_quote!(<T, D>), "D", "Option<D>"), "T , D");
        assert_eq!(
            left(&parse_quote!(<T: From<D>, D>), "D", "T"),
            "T : From < D > , D"
        );
    }
}
