//! An annotated function: arguments, output, generics, `self`. The body stays unparsed, so that half-typed code still expands in
//! an editor.

use crate::scope::bound_names;
use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{Parse, ParseStream};
use syn::{
    Attribute, FnArg, GenericArgument, GenericParam, Generics, Pat, PatType, Path, PathArguments,
    Receiver, Result, ReturnType, Signature, Token, Type, TypeParamBound, Visibility,
};

/// A function with an unparsed body.
#[derive(Clone)]
pub(crate) struct Function {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
    /// The body with its braces; none for a declaration.
    pub(crate) body: Option<TokenTree>,
}

/// How the function takes an argument.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Passing {
    Value,
    Reference,
    Exclusive,
}

/// An argument other than `self`.
pub(crate) struct Argument<'f> {
    /// Its index, `self` not counted.
    pub(crate) index: usize,
    pub(crate) pattern: &'f Pat,
    pub(crate) ty: &'f Type,
    pub(crate) passing: Passing,
    /// The names that its pattern binds; `_` binds none.
    pub(crate) names: Vec<Ident>,
    pub(crate) attributes: &'f [Attribute],
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        Ok(Self {
            attributes: input.call(Attribute::parse_outer)?,
            visibility: input.parse()?,
            signature: input.parse()?,
            body: if input.parse::<Option<Token![;]>>()?.is_some() {
                None
            } else {
                Some(input.parse()?)
            },
        })
    }
}

impl ToTokens for Function {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self {
            attributes,
            visibility,
            signature,
            body,
        } = self;
        let body = body
            .as_ref()
            .map_or_else(|| quote::quote!(;), ToTokens::to_token_stream);
        tokens.extend(quote::quote!(#(#attributes)* #visibility #signature #body));
    }
}

impl Function {
    pub(crate) fn name(&self) -> &Ident {
        &self.signature.ident
    }

    pub(crate) fn is_async(&self) -> bool {
        self.signature.asyncness.is_some()
    }

    pub(crate) fn generics(&self) -> &Generics {
        &self.signature.generics
    }

    pub(crate) fn receiver(&self) -> Option<&Receiver> {
        self.signature.receiver()
    }

    /// Its return type, if one is written.
    pub(crate) fn output(&self) -> Option<&Type> {
        match &self.signature.output {
            ReturnType::Default => None,
            ReturnType::Type(_, ty) => Some(ty),
        }
    }

    /// The arguments after `self`.
    pub(crate) fn arguments(&self) -> Vec<Argument<'_>> {
        let typed = self
            .signature
            .inputs
            .iter()
            .filter_map(|input| match input {
                FnArg::Typed(typed) => Some(typed),
                FnArg::Receiver(_) => None,
            });
        typed
            .enumerate()
            .map(|(index, typed)| Argument::new(index, typed))
            .collect()
    }

    /// Whether it contains `Self`, so that it must be in an `impl` or a trait.
    pub(crate) fn speaks_of_self(&self) -> bool {
        speaks_of(self.signature.to_token_stream(), "Self")
            || self
                .body
                .clone()
                .is_some_and(|body| speaks_of(body.into(), "Self"))
    }

    /// The type and const parameters, in order.
    pub(crate) fn parameters(&self) -> Vec<&Ident> {
        parameters(self.generics())
    }
}

/// The future in a function that boxes it, as `async_trait` does.
pub(crate) struct Boxed {
    /// The output of the future.
    pub(crate) output: Type,
    /// Its body.
    pub(crate) body: TokenStream,
}

impl Function {
    /// The future, if the function returns `Pin<Box<dyn Future<Output = T> + …>>` and its body is only
    /// `Box::pin(async move { … })`.
    pub(crate) fn boxed_async(&self) -> Option<Boxed> {
        let pin = self
            .output()
            .and_then(|output| argument_of("Pin", output))?;
        let Type::TraitObject(object) = argument_of("Box", pin)? else {
            return None;
        };
        let output = object.bounds.iter().find_map(output_of_future)?.clone();
        let Some(TokenTree::Group(body)) = &self.body else {
            return None;
        };
        syn::parse2::<BoxPin>(body.stream())
            .ok()
            .map(|BoxPin(body)| Boxed { output, body })
    }
}

/// `T` of `Name<T>`.
fn argument_of<'t>(name: &str, ty: &'t Type) -> Option<&'t Type> {
    let Type::Path(path) = plain(ty) else {
        return None;
    };
    let last = path
        .path
        .segments
        .last()
        .filter(|segment| segment.ident == name)?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return None;
    };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(inner) => Some(inner),
        _ => None,
    })
}

fn output_of_future(bound: &TypeParamBound) -> Option<&Type> {
    let TypeParamBound::Trait(bound) = bound else {
        return None;
    };
    let last = bound
        .path
        .segments
        .last()
        .filter(|segment| segment.ident == "Future")?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return None;
    };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::AssocType(assigned) if assigned.ident == "Output" => Some(&assigned.ty),
        _ => None,
    })
}

/// Parses `Box::pin(async move { … })`.
struct BoxPin(TokenStream);

impl Parse for BoxPin {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let path: Path = input.parse()?;
        let names: Vec<_> = path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string())
            .collect();
        if !names.ends_with(&["Box".to_owned(), "pin".to_owned()]) {
            return Err(input.error("expected `Box::pin`"));
        }
        let (call, body);
        syn::parenthesized!(call in input);
        call.parse::<Token![async]>()?;
        call.parse::<Token![move]>()?;
        syn::braced!(body in call);
        Ok(Self(body.parse()?))
    }
}

impl<'f> Argument<'f> {
    fn new(index: usize, typed: &'f PatType) -> Self {
        let passing = match plain(&typed.ty) {
            Type::Reference(reference) if reference.mutability.is_some() => Passing::Exclusive,
            Type::Reference(_) => Passing::Reference,
            _ => Passing::Value,
        };
        let names = bound_names(&typed.pat)
            .into_iter()
            .map(|name| name.ident.clone())
            .collect();
        Self {
            index,
            pattern: &typed.pat,
            ty: &typed.ty,
            passing,
            names,
            attributes: &typed.attrs,
        }
    }

    /// The name, if the pattern is only a name.
    pub(crate) fn simple_name(&self) -> Option<&Ident> {
        match self.pattern {
            Pat::Ident(name) if name.subpat.is_none() && name.by_ref.is_none() => Some(&name.ident),
            _ => None,
        }
    }

    /// Whether its type is an `impl Trait`, at any depth.
    pub(crate) fn is_impl_trait(&self) -> bool {
        speaks_of(self.ty.to_token_stream(), "impl")
    }
}

/// A type without parentheses and without the invisible group of a `macro_rules!` fragment.
pub(crate) fn plain(mut ty: &Type) -> &Type {
    loop {
        ty = match ty {
            Type::Group(group) => &group.elem,
            Type::Paren(paren) => &paren.elem,
            _ => return ty,
        };
    }
}

/// The type and const parameters of generics, in order.
pub(crate) fn parameters(generics: &Generics) -> Vec<&Ident> {
    fn name(parameter: &GenericParam) -> Option<&Ident> {
        match parameter {
            GenericParam::Type(ty) => Some(&ty.ident),
            GenericParam::Const(constant) => Some(&constant.ident),
            GenericParam::Lifetime(_) => None,
        }
    }
    generics.params.iter().filter_map(name).collect()
}

/// Whether the tokens contain the word.
pub(crate) fn speaks_of(tokens: TokenStream, word: &str) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(found) => found == word,
        TokenTree::Group(group) => speaks_of(group.stream(), word),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(text: &str) -> Function {
        syn::parse_str(text).expect("a function")
    }

    #[test]
    fn the_body_is_not_read() {
        let half = function("fn f(n: u64) -> u64 { let x = ; }");
        assert_eq!(half.name(), "f");
        assert!(half.body.is_some());
        assert!(function("fn f();").body.is_none());
    }

    #[test]
    fn arguments_know_their_names_and_passing() {
        let f = function(
            "fn f(&self, a: u8, &b: &u8, c: &mut Vec<u8>, Path((d, mut e)): Path<(u8, u8)>, _: u8) {}",
        );
        let seen: Vec<_> = f
            .arguments()
            .iter()
            .map(|a| {
                (
                    a.index,
                    a.passing,
                    a.names
                        .iter()
                        .map(ToString::to_string)
                        .collect::<Vec<_>>()
                        .join(" "),
                )
            })
            .collect();
        let expected = [
            (0, Passing::Value, "a"),
            (1, Passing::Reference, "b"),
            (2, Passing::Exclusive, "c"),
            (3, Passing::Value, "d e"),
            (4, Passing::Value, ""),
        ];
        assert_eq!(
            seen,
            expected.map(|(index, passing, names)| (index, passing, names.to_owned()))
        );
    }

    #[test]
    fn self_is_found_in_signature_and_body() {
        assert!(function("fn f() -> Self {}").speaks_of_self());
        assert!(function("fn f() { vec![Self::g()] }").speaks_of_self());
        assert!(!function("fn f() { selfish() }").speaks_of_self());
    }

    #[test]
    fn a_boxed_async_body_is_recognised() {
        let boxed = |text: &str| function(text).boxed_async();
        let found = boxed(
            "fn f<'a>(&'a self) -> ::core::pin::Pin<Box<dyn ::core::future::Future<Output = u8> + Send + 'a>> { Box::pin(async move { 1 }) }",
        );
        let found = found.expect("the shape");
        assert_eq!(
            (
                found.output.to_token_stream().to_string(),
                found.body.to_string()
            ),
            ("u8".to_owned(), "1".to_owned())
        );
        assert!(boxed("fn f() -> Pin<Box<dyn Future<Output = u8>>> { let x = 1; Box::pin(async move { x }) }").is_none());
        assert!(boxed("fn f() -> u8 { 1 }").is_none());
    }

    #[test]
    fn parameters_are_types_and_consts() {
        let f = function("fn f<'a, T: Copy, const N: usize>(x: &'a T) where T: Eq {}");
        assert_eq!(f.parameters(), ["T", "N"]);
    }
}
