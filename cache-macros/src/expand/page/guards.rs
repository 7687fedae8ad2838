//! Hides the guards of a page from its body.

use super::model::PageModel;
use crate::check::ArgumentRole;
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::{ToTokens, quote};

/// The body, in which the name of a guard is that of a value without content. The compiler resolves the names, so the body may bind
/// one anew.
pub(super) fn body(page: &PageModel<'_>) -> TokenStream {
    let body = page.host.function.body.to_token_stream();
    let guards = page
        .with_roles()
        .filter(|(_, role)| *role == ArgumentRole::Guard);
    let names: Vec<_> = guards.flat_map(|(argument, _)| &argument.names).collect();
    if names.is_empty() {
        return body;
    }
    let private = page.host.private();
    let hidden = quote! {
        #(
            #[allow(unused_variables, clippy::all, clippy::pedantic)]
            let #names = {
                let _ = &#names;
                #private::page::GuardIsNotAnInput
            };
        )*
    };
    // Attributes of the body, `#![…]`, must come first. The rest is in a block of its own, whose declarations hide these names as
    // they hide arguments.
    let (attributes, inside) = without_attributes(body);
    quote!({ #attributes #hidden { #inside } })
}

/// The `#![…]` at the beginning of a body in braces, and the rest.
fn without_attributes(body: TokenStream) -> (TokenStream, TokenStream) {
    let mut inside = body.into_iter().flat_map(|token| match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => group.stream(),
        token => token.into(),
    });
    let mut attributes = TokenStream::new();
    loop {
        let mut ahead = inside.clone();
        let (hash, bang, attribute) = (ahead.next(), ahead.next(), ahead.next());
        let is = |token: &Option<TokenTree>, c| matches!(token, Some(TokenTree::Punct(found)) if found.as_char() == c);
        if !(is(&hash, '#') && is(&bang, '!')) {
            return (attributes, inside.collect());
        }
        attributes.extend(hash.into_iter().chain(bang).chain(attribute));
        inside = ahead;
    }
}
