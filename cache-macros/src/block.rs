//! An annotated `impl` block: its head and its members.

use crate::signature::Function;
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Attribute, Error, Generics, ImplItem, ItemImpl, Result, Type};

/// An `impl` block whose functions keep their bodies as tokens.
pub(crate) struct Block {
    pub(crate) attributes: Vec<Attribute>,
    /// The block without attributes and members.
    head: ItemImpl,
    /// The inner attributes, `#![…]`.
    inner: Vec<Attribute>,
    pub(crate) members: Vec<Member>,
}

/// A member of the block.
pub(crate) enum Member {
    Function(Box<Function>),
    Other(TokenStream),
}

impl Parse for Block {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let mut head: Vec<TokenTree> = input.parse::<TokenStream>()?.into_iter().collect();
        let body = match head.pop() {
            Some(TokenTree::Group(body)) if body.delimiter() == Delimiter::Brace => body,
            other => {
                return Err(Error::new_spanned(
                    other,
                    "expected the members of the `impl` block",
                ));
            }
        };
        head.push(Group::new(Delimiter::Brace, TokenStream::new()).into());
        let head = syn::parse2(head.into_iter().collect())?;
        let (inner, members) = members.parse2(body.stream())?;
        Ok(Self {
            attributes,
            head,
            inner,
            members,
        })
    }
}

fn members(input: ParseStream<'_>) -> Result<(Vec<Attribute>, Vec<Member>)> {
    let inner = input.call(Attribute::parse_inner)?;
    let mut members = Vec::new();
    while !input.is_empty() {
        members.push(if input.fork().parse::<Function>().is_ok() {
            Member::Function(Box::new(input.parse()?))
        } else {
            Member::Other(input.parse::<ImplItem>()?.into_token_stream())
        });
    }
    Ok((inner, members))
}

impl Block {
    pub(crate) fn is_trait_impl(&self) -> bool {
        self.head.trait_.is_some()
    }

    pub(crate) fn generics(&self) -> &Generics {
        &self.head.generics
    }

    pub(crate) fn self_type(&self) -> &Type {
        &self.head.self_ty
    }

    /// The block with other members.
    pub(crate) fn with_members(&self, members: &TokenStream) -> TokenStream {
        let Self {
            attributes,
            head,
            inner,
            ..
        } = self;
        let ItemImpl {
            defaultness,
            unsafety,
            impl_token,
            generics,
            trait_,
            self_ty,
            ..
        } = head;
        let (parameters, _, bounds) = generics.split_for_impl();
        let of_trait = trait_
            .as_ref()
            .map(|(not, path, token)| quote!(#not #path #token));
        quote! {
            #(#attributes)*
            #defaultness #unsafety #impl_token #parameters #of_trait #self_ty #bounds { #(#inner)* #members }
        }
    }
}

impl ToTokens for Member {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Function(function) => function.to_tokens(tokens),
            Self::Other(other) => tokens.extend(other.clone()),
        }
    }
}

impl ToTokens for Block {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let members = &self.members;
        tokens.extend(self.with_members(&quote!(#(#members)*)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(text: &str) -> Block {
        syn::parse_str(text).expect("a block")
    }

    #[test]
    fn functions_are_told_from_other_members() {
        let found = block(
            "impl<T: Copy> Tr<T> for X<{ 1 }> where T: Eq { const N: u8 = 1; type A = u8; fn f() { let x = ; } m! {} }",
        );
        let functions = found
            .members
            .iter()
            .filter(|member| matches!(member, Member::Function(_)))
            .count();
        assert_eq!(
            (found.members.len(), functions, found.is_trait_impl()),
            (4, 1, true)
        );
    }

    #[test]
    fn it_is_written_as_it_was_read() {
        let text = "#[a] unsafe impl<'a, T: Copy> Tr<T> for X<'a, T> where T: Eq { const N: u8 = 1; pub fn f(&self) -> u8 { 1 } }";
        let tokens: TokenStream = text.parse().expect("tokens");
        let without_spaces = |tokens: TokenStream| tokens.to_string().replace(' ', "");
        assert_eq!(
            without_spaces(block(text).into_token_stream()),
            without_spaces(tokens)
        );
    }
}
