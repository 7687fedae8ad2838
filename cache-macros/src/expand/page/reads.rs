//! The check that a page varies on the headers that its arguments read by name.

use super::model::PageModel;
use crate::check::FunctionPlace;
use crate::signature::{Argument, parameters, speaks_of};
use crate::template::placed_at;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::spanned::Spanned;

/// Checks as items, which the compiler evaluates at once.
pub(super) fn at_once(page: &PageModel<'_>) -> TokenStream {
    let checks = checks(page, false);
    checks.map(|check| quote!(const _: () = #check;)).collect()
}

/// Checks of generic types, which the compiler evaluates when it instantiates the handler.
pub(super) fn when_built(page: &PageModel<'_>) -> TokenStream {
    let checks = checks(page, true);
    checks.map(|check| quote!(const { #check };)).collect()
}

fn checks<'a>(
    page: &'a PageModel<'_>,
    with_parameters: bool,
) -> impl Iterator<Item = TokenStream> + 'a {
    let vary = &page.page.vary;
    let headers = vary.headers.iter().map(ToTokens::to_token_stream);
    let declared: Vec<_> = headers
        .chain(vary.cookies.iter().map(|_| quote!("cookie")))
        .chain([quote!("host")])
        .collect();
    let private = page.host.private();
    page.with_roles()
        .filter(move |(argument, role)| {
            !vary.is_empty()
                && role.is_accounted_for_by_type()
                && has_parameters(page, argument) == with_parameters
        })
        .map(move |(argument, _)| {
            let ty = argument.ty;
            let check = quote! {
                #private::page::varies_on(#private::page::Reads::<#ty>::HEADERS, &[#(#declared),*])
            };
            // The error is where its tokens are: on the type.
            let check = placed_at(check, ty.span());
            quote! {{
                #[allow(unused_imports)]
                use #private::page::ReadsNothing as _;
                #check
            }}
        })
}

/// Whether the type uses parameters of the function or of the `impl`, so that an item cannot name it.
fn has_parameters(page: &PageModel<'_>, argument: &Argument<'_>) -> bool {
    let subject = page.page.subject;
    if page.page.place != FunctionPlace::Free && subject.block.is_none() {
        return true;
    }
    let outer = subject.block.map(crate::block::Block::generics);
    let generics = [Some(subject.function.generics()), outer];
    let names = generics.into_iter().flatten().flat_map(parameters);
    let says = |word: &str| speaks_of(argument.ty.to_token_stream(), word);
    says("Self") || names.map(ToString::to_string).any(|name| says(&name))
}
