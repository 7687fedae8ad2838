//! `#[cache_key(…)]`, the helper of `#[derive(CacheKey)]`: `skip`, `skip_if` and `with` on fields, `crate` on the type.

use super::{Arg, each_argument, set};
use crate::errors::Errors;
use syn::parse::ParseStream;
use syn::{Attribute, Error, Expr, Path, Result};

/// The options of a field.
#[derive(Default)]
pub(crate) struct FieldOptions {
    pub(crate) skip: Option<Arg<()>>,
    pub(crate) skip_if: Option<Arg<Expr>>,
    pub(crate) with: Option<Arg<Expr>>,
}

/// The options of the type.
#[derive(Default)]
pub(crate) struct TypeOptions {
    pub(crate) runtime: Option<Arg<Path>>,
}

impl FieldOptions {
    pub(crate) fn read(attributes: &[Attribute], errors: &mut Errors) -> Self {
        let mut options = Self::default();
        each_helper(attributes, errors, |name, input| {
            match name.to_string().as_str() {
                "skip" => set(&mut options.skip, name, input),
                "skip_if" => set(&mut options.skip_if, name, input),
                "with" => set(&mut options.with, name, input),
                other => Err(Error::new_spanned(
                    &name,
                    format!(
                        "`{other}` is not an argument of a field; the arguments are skip, skip_if, with"
                    ),
                )),
            }
        });
        if let (Some(_), Some(skip_if)) = (&options.skip, &options.skip_if) {
            errors.at(
                &skip_if.name,
                "a field with `skip` is never in the key; `skip_if` says nothing more",
            );
        }
        if let (Some(_), Some(with)) = (&options.skip, &options.with) {
            errors.at(
                &with.name,
                "a field with `skip` is never in the key; there is nothing to make one with",
            );
        }
        options
    }
}

impl TypeOptions {
    pub(crate) fn read(attributes: &[Attribute], errors: &mut Errors) -> Self {
        let mut options = Self::default();
        each_helper(attributes, errors, |name, input| {
            match name.to_string().as_str() {
                "crate" => set(&mut options.runtime, name, input),
                "skip" | "skip_if" | "with" => Err(Error::new_spanned(
                    &name,
                    format!("`{name}` stands on a field"),
                )),
                other => Err(Error::new_spanned(
                    &name,
                    format!("`{other}` is not an argument of the type, which takes only `crate`"),
                )),
            }
        });
        options
    }

    /// Refuses the attribute where it has no meaning, such as on a variant.
    pub(crate) fn none(attributes: &[Attribute], errors: &mut Errors) {
        for attribute in helpers(attributes) {
            errors.at(
                attribute,
                "`#[cache_key]` stands on fields, and on the type",
            );
        }
    }
}

fn helpers(attributes: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("cache_key"))
}

fn each_helper(
    attributes: &[Attribute],
    errors: &mut Errors,
    mut read: impl FnMut(syn::Ident, ParseStream<'_>) -> Result<()>,
) {
    for attribute in helpers(attributes) {
        let mut inside = Errors::default();
        let list = attribute.parse_args_with(|input: ParseStream<'_>| {
            each_argument(
                input,
                &mut inside,
                |_| "`skip` or `skip_if = Option::is_none`".to_owned(),
                &mut read,
            );
            Ok(())
        });
        errors.absorb(list);
        errors.absorb(inside.finish());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse_quote;

    fn wrong(attribute: Attribute) -> String {
        let mut errors = Errors::default();
        FieldOptions::read(&[attribute], &mut errors);
        errors.finish().expect_err("a mistake").to_string()
    }

    #[test]
    fn fields_are_skipped_always_or_on_a_condition() {
        let mut errors = Errors::default();
        let field = FieldOptions::read(
            &[parse_quote!(#[cache_key(skip_if = Option::is_none)])],
            &mut errors,
        );
        assert!(field.skip_if.is_some() && field.skip.is_none());
        errors.finish().expect("no mistake");
    }

    #[test]
    fn mistakes_name_what_there_is() {
        assert_eq!(
            wrong(parse_quote!(#[cache_key(rename = "x")])),
            "`rename` is not an argument of a field; the arguments are skip, skip_if, with"
        );
        assert_eq!(
            wrong(parse_quote!(#[cache_key(with)])),
            "`with` takes a value, as in `with = Version::number`"
        );
        assert!(
            wrong(parse_quote!(#[cache_key(skip, skip_if = f)]))
                .starts_with("a field with `skip` is never in the key")
        );
        assert_eq!(
            wrong(parse_quote!(#[cache_key(skip, skip)])),
            "`skip` is given twice"
        );
        assert!(
            wrong(parse_quote!(#[cache_key])).contains("expected"),
            "{}",
            wrong(parse_quote!(#[cache_key]))
        );
    }
}
