//! Lists. Each element is read by itself, so that a mistake in one does not hide those in later ones.

use super::Value;
use crate::attr::table::usage;
use crate::errors::Errors;
use proc_macro2::TokenTree;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Error, Ident, LitStr, Result, Token};

/// Reads `a, b, c` to the end. Each wrong element is a mistake with the message `form`.
pub(in crate::attr) fn elements<T>(
    content: ParseStream<'_>,
    errors: &mut Errors,
    form: impl Fn() -> String,
    read: impl Fn(ParseStream<'_>) -> Result<T>,
) -> Vec<T> {
    let mut all = Vec::new();
    while !content.is_empty() {
        let element = read(content).and_then(|element| {
            if content.is_empty() || content.peek(Token![,]) {
                Ok(element)
            } else {
                Err(content.error("expected `,`"))
            }
        });
        let element = element.map_err(|error| Error::new(error.span(), form()));
        all.extend(errors.absorb(element));
        while !content.is_empty() && !content.peek(Token![,]) {
            errors.absorb(content.parse::<TokenTree>());
        }
        if !content.is_empty() {
            errors.absorb(content.parse::<Token![,]>());
        }
    }
    all
}

/// A value that is a list.
pub(in crate::attr) trait List: Sized {
    /// Reads the tokens after the argument's `name`. A wrong element is added to `errors` and left out.
    fn read_list(name: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> Result<Self>;

    fn is_empty(&self) -> bool;
}

/// The right elements of a list with mistakes are still checked by the rules.
impl<L: List> Value for L {
    fn read(name: &Ident, input: ParseStream<'_>) -> Result<Self> {
        let (list, mistakes) = Self::read_some(name, input);
        mistakes.and_then(|()| list.ok_or_else(|| Error::new(name.span(), "expected a list")))
    }

    fn read_some(name: &Ident, input: ParseStream<'_>) -> (Option<Self>, Result<()>) {
        let mut errors = Errors::default();
        let list = Self::read_list(name, input, &mut errors);
        let list = errors.absorb(list);
        match errors.finish() {
            Ok(()) => (list, Ok(())),
            mistakes => (list.filter(|list| !list.is_empty()), mistakes),
        }
    }
}

/// `["a", "b"]`: texts.
impl List for Vec<LitStr> {
    fn read_list(name: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> Result<Self> {
        if !input.peek(Token![=]) {
            return Err(Error::new_spanned(
                name,
                format!("`{name}` takes a list, as in `{}`", usage(name)),
            ));
        }
        input.parse::<Token![=]>()?;
        let form = || format!("`{name}` takes a list of texts, as in `{}`", usage(name));
        if !input.peek(syn::token::Bracket) {
            return Err(Error::new(input.span(), form()));
        }
        let content;
        syn::bracketed!(content in input);
        Ok(elements(&content, errors, form, <LitStr as Parse>::parse))
    }

    fn is_empty(&self) -> bool {
        self.is_empty()
    }
}

/// `(a, b)`: names of arguments.
#[derive(Clone)]
pub(crate) struct NameList(pub(crate) Vec<Ident>);

impl List for NameList {
    fn read_list(name: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> Result<Self> {
        if !input.peek(syn::token::Paren) {
            let at = if input.peek(Token![=]) {
                input.span()
            } else {
                name.span()
            };
            return Err(Error::new(
                at,
                format!("`{name}` takes names of arguments, as in `{}`", usage(name)),
            ));
        }
        let content;
        syn::parenthesized!(content in input);
        if content.is_empty() {
            return Err(Error::new_spanned(
                name,
                format!("`{name}` names no argument"),
            ));
        }
        let form = || format!("`{name}` takes names of arguments");
        let names = elements(&content, errors, form, Ident::parse_any);
        let mut seen = Vec::new();
        for each in names {
            if seen.contains(&each) {
                errors.at(&each, format!("`{each}` is given twice in `{name}`"));
            } else {
                seen.push(each);
            }
        }
        Ok(Self(seen))
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use crate::attr::{CachePageArguments, CachedArguments, VaryOn};
    use crate::testing::mistakes;

    /// What the mistakes stand on, in no order.
    fn places(mistakes: Vec<(String, String)>) -> Vec<String> {
        let mut places: Vec<_> = mistakes.into_iter().map(|(place, _)| place).collect();
        places.sort();
        places
    }

    #[test]
    fn a_wrong_element_hides_none_of_the_mistakes_behind_it() {
        let templates = mistakes::<CachedArguments>(
            "tags(1, \"a{\", posts, \"b\", \"b\", \"c\" \"d\", , \"e}\"), tll = 5",
        );
        assert_eq!(
            places(templates),
            [
                "\"a{\"", "\"b\"", "\"d\"", "\"e}\"", ",", "1", "posts", "tll"
            ]
        );
        let texts = mistakes::<CachePageArguments>("query = [1, \"page\", true], tll = 5");
        assert_eq!(places(texts), ["1", "tll", "true"]);
        let names = mistakes::<CachedArguments>("skip(1, db, \"x\", db), tll = 5");
        assert_eq!(places(names), ["\"x\"", "1", "db", "tll"]);
    }

    #[test]
    fn what_is_right_in_a_list_is_checked_beside_what_is_wrong() {
        let headers = mistakes::<VaryOn>("headers = [1, \"Host\"], cookies = [2, \"a;b\"]");
        assert_eq!(places(headers), ["\"Host\"", "\"a;b\"", "1", "2"]);
        let nothing_right = mistakes::<VaryOn>("headers = [1], cookies = [2]");
        assert_eq!(places(nothing_right), ["1", "2"]);
    }
}
