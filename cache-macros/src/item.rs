//! The item of an attribute: a function or an `impl` block.

use crate::block::Block;
use crate::signature::Function;
use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Error, Result, Token, Visibility};

/// An annotated item.
pub(crate) enum Item {
    Function(Function),
    Block(Block),
}

impl Parse for Item {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let ahead = input.fork();
        ahead.call(Attribute::parse_outer)?;
        ahead.parse::<Option<Token![default]>>()?;
        ahead.parse::<Option<Token![unsafe]>>()?;
        if ahead.peek(Token![impl]) {
            return input.parse().map(Self::Block);
        }
        let ahead = input.fork();
        ahead.call(Attribute::parse_outer)?;
        ahead.parse::<Visibility>()?;
        if [
            "struct", "enum", "union", "trait", "mod", "static", "type", "use", "let",
        ]
        .iter()
        .any(|word| at_word(&ahead, word))
        {
            return Err(ahead.error("the attribute stands on a function, or on an `impl` block"));
        }
        input.parse().map(Self::Function)
    }
}

fn at_word(input: ParseStream<'_>, word: &str) -> bool {
    input
        .cursor()
        .ident()
        .is_some_and(|(found, _)| found == word)
}

impl Item {
    pub(crate) fn attributes(&self) -> &[Attribute] {
        match self {
            Self::Function(function) => &function.attributes,
            Self::Block(block) => &block.attributes,
        }
    }

    pub(crate) fn attributes_mut(&mut self) -> &mut Vec<Attribute> {
        match self {
            Self::Function(function) => &mut function.attributes,
            Self::Block(block) => &mut block.attributes,
        }
    }

    /// Reads the item, or says where the attribute may stand.
    pub(crate) fn read(tokens: TokenStream) -> Result<Self> {
        if tokens.is_empty() {
            return Err(Error::new(
                proc_macro2::Span::call_site(),
                "the attribute stands on a function, or on an `impl` block",
            ));
        }
        syn::parse2(tokens)
    }
}

impl ToTokens for Item {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Function(function) => function.to_tokens(tokens),
            Self::Block(block) => block.to_tokens(tokens),
        }
    }
}
