//! The expansion after mistakes: the errors, the user's item without our attributes, and an inert handle, so that one mistake gives
//! one error.

use crate::attr::{self, Arguments, AttributeKind, CachePageArguments, CachedArguments};
use crate::block::{Block, Member};
use crate::check::Subject;
use crate::errors::Errors;
use crate::expand;
use crate::framework::WebFramework;
use crate::item::Item;
use crate::merge;
use crate::signature::Function;
use proc_macro2::{Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::Error;

/// The errors, the item without our attributes, and an inert handle.
pub(crate) fn item(
    (kind, framework): (AttributeKind, WebFramework),
    arguments: &TokenStream,
    error: &Error,
    item: TokenStream,
) -> TokenStream {
    let mistakes = error.to_compile_error();
    let first = error.clone().into_iter().next();
    let first = first.map(|first| first.to_compile_error());
    let item = match (syn::parse2::<Item>(item.clone()), first) {
        (Ok(parsed), Some(mistake)) => plain((kind, framework), arguments, &mistake, parsed),
        _ => item,
    };
    quote!(#mistakes #item)
}

fn plain(
    (kind, framework): (AttributeKind, WebFramework),
    arguments: &TokenStream,
    mistake: &TokenStream,
    item: Item,
) -> TokenStream {
    match item {
        Item::Function(mut function) => {
            let own = kind.is_primary().then(|| read(kind, arguments.clone()));
            let below = strip(&mut function);
            // A route has the name of the handle.
            let is_free = !function
                .attributes
                .iter()
                .any(|one| framework.is_route(one));
            let handle = own
                .or(below)
                .filter(|_| is_free)
                .map(|(kind, arguments)| inert(kind, &arguments, &function, None, mistake));
            quote!(#function #handle)
        }
        Item::Block(mut block) => {
            merge::take(&mut block.attributes, &mut Errors::default());
            let of_pages = (kind == AttributeKind::CachePage).then(|| (kind, Arguments::default()));
            let mut handles = Vec::new();
            for member in &mut block.members {
                let own = match member {
                    Member::Function(function) => strip(function).or_else(|| {
                        let is_handler = function.is_async() && function.receiver().is_none();
                        of_pages.clone().filter(|_| is_handler)
                    }),
                    Member::Other(_) => None,
                };
                handles.push(own);
            }
            let members = block.members.iter().zip(handles).map(|(member, own)| {
                let handle = match (member, own) {
                    (Member::Function(function), Some((kind, arguments))) => {
                        inert(kind, &arguments, function, Some(&block), mistake)
                    }
                    _ => TokenStream::new(),
                };
                quote!(#member #handle)
            });
            block
                .with_members(&quote!(#(#members)*))
                .into_token_stream()
        }
    }
}

fn inert(
    kind: AttributeKind,
    arguments: &Arguments,
    function: &Function,
    block: Option<&Block>,
    mistake: &TokenStream,
) -> TokenStream {
    let subject = Subject {
        function,
        block,
        unresolved: &[],
    };
    expand::inert(kind, arguments, subject, mistake)
}

/// The arguments that can be read; their mistakes are known.
fn read(kind: AttributeKind, tokens: TokenStream) -> (AttributeKind, Arguments) {
    let mut said = Errors::default();
    let arguments = match kind {
        AttributeKind::CachePage => {
            attr::read(tokens, &mut said).map(|CachePageArguments(arguments)| arguments)
        }
        _ => attr::read(tokens, &mut said).map(|CachedArguments(arguments)| arguments),
    };
    (kind, arguments.unwrap_or_default())
}

/// Removes our attributes, and returns the primary one. The body names them, so that their imports are not unused.
fn strip(function: &mut Function) -> Option<(AttributeKind, Arguments)> {
    // Their mistakes are known.
    let taken = merge::take(&mut function.attributes, &mut Errors::default());
    let primary = taken.iter().find(|attribute| attribute.kind.is_primary());
    let primary = primary.map(|attribute| read(attribute.kind, attribute.tokens.clone()));
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
    primary
}
