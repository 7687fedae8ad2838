//! What stands after an error: the mistakes, and the user's item without our attributes, so that one mistake gives one
//! message.

use crate::block::Member;
use crate::errors::Errors;
use crate::expand;
use crate::item::Item;
use crate::merge;
use crate::signature::Function;
use proc_macro2::{Group, TokenStream, TokenTree};
use quote::quote;
use syn::Error;

/// The mistakes, and the item as it would be without us.
pub(crate) fn item(error: &Error, item: TokenStream) -> TokenStream {
    let mistakes = error.to_compile_error();
    let item = match syn::parse2::<Item>(item.clone()) {
        Ok(parsed) => plain(parsed),
        Err(_) => item,
    };
    quote!(#mistakes #item)
}

fn plain(mut item: Item) -> TokenStream {
    match &mut item {
        Item::Function(function) => strip(function),
        Item::Block(block) => {
            merge::take(&mut block.attributes, &mut Errors::default());
            for member in &mut block.members {
                if let Member::Function(function) = member {
                    strip(function);
                }
            }
        }
    }
    quote!(#item)
}

/// Takes our attributes off. The body names them, so that their imports are no further mistake.
fn strip(function: &mut Function) {
    // What is wrong with them has been said.
    let taken = merge::take(&mut function.attributes, &mut Errors::default());
    if let Some(TokenTree::Group(body)) = &mut function.body {
        let paths: Vec<_> = taken
            .into_iter()
            .filter_map(|attribute| attribute.unresolved)
            .collect();
        let (named, inside) = (expand::resolved(&paths), body.stream());
        let mut named = Group::new(body.delimiter(), quote!(#named #inside));
        named.set_span(body.span());
        *body = named;
    }
}
