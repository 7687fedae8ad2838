//! What stands after an error: the mistakes, and the user's item without our attributes, so that one mistake gives one
//! message.

use crate::block::Member;
use crate::errors::Errors;
use crate::item::Item;
use crate::merge;
use proc_macro2::TokenStream;
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
    // What they say is of no interest any more.
    let mut ignored = Errors::default();
    merge::take(item.attributes_mut(), &mut ignored);
    if let Item::Block(block) = &mut item {
        for member in &mut block.members {
            if let Member::Function(function) = member {
                merge::take(&mut function.attributes, &mut ignored);
            }
        }
    }
    quote!(#item)
}
