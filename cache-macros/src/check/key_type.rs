//! The rules of `#[derive(CacheKey)]`: which fields are in the key.

use crate::attr::Runtime;
use crate::attr::cache_key::{FieldOptions, TypeOptions};
use crate::errors::Errors;
use syn::ext::IdentExt;
use syn::{
    Data, DeriveInput, Expr, Fields, Generics, Ident, Index, Member, Path, Result, Type,
    parse_quote,
};

/// A type whose values can be keys.
pub(crate) struct KeyType {
    /// The path of `cache_core`.
    pub(crate) runtime: Path,
    pub(crate) name: Ident,
    pub(crate) generics: Generics,
    pub(crate) shape: Shape,
}

pub(crate) enum Shape {
    Struct(Vec<KeyField>),
    Enum(Vec<KeyVariant>),
}

/// A variant, by its name.
pub(crate) struct KeyVariant {
    pub(crate) name: Ident,
    pub(crate) is_unit: bool,
    pub(crate) fields: Vec<KeyField>,
}

/// A field that is in the key. Named fields are sorted by name.
pub(crate) struct KeyField {
    pub(crate) member: Member,
    pub(crate) ty: Type,
    /// The predicate that leaves it out.
    pub(crate) skip_if: Option<Expr>,
    /// The function that makes a key of it.
    pub(crate) with: Option<Expr>,
}

/// Types of the standard library that no other type of a program hides behind: numbers, and texts.
const PLAIN: [&str; 16] = [
    "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize", "bool",
    "char", "str", "String",
];
/// So many parts can be in one key.
const MOST_PARTS: usize = 12;

impl KeyType {
    /// The fields, if such a value can be hashed, compared and stored field by field. Where a field is of a type that others may not see, the
    /// stored form would show it.
    pub(crate) fn plain_fields(&self) -> Option<&[KeyField]> {
        let Shape::Struct(fields) = &self.shape else {
            return None;
        };
        let is_plain =
            (1..=MOST_PARTS).contains(&fields.len()) && fields.iter().all(KeyField::is_plain);
        is_plain.then_some(fields)
    }
}

fn is_plain(ty: &Type) -> bool {
    match ty {
        Type::Reference(reference) => is_plain(&reference.elem),
        Type::Path(path) => path
            .path
            .get_ident()
            .is_some_and(|name| PLAIN.iter().any(|plain| name == plain)),
        _ => false,
    }
}

impl KeyField {
    fn is_plain(&self) -> bool {
        self.skip_if.is_none() && self.with.is_none() && is_plain(&self.ty)
    }

    /// Its name in the key; none for a field of a tuple.
    pub(crate) fn key_name(&self) -> Option<String> {
        match &self.member {
            Member::Named(name) => Some(name.unraw().to_string()),
            Member::Unnamed(_) => None,
        }
    }
}

/// Reads a type, and refuses it if it cannot be a key.
pub(crate) fn read(input: &DeriveInput) -> Result<KeyType> {
    let mut errors = Errors::default();
    let options = TypeOptions::read(&input.attrs, &mut errors);
    let shape = match &input.data {
        Data::Struct(data) => Some(Shape::Struct(fields(&data.fields, &mut errors))),
        Data::Enum(data) => {
            let variants = data.variants.iter().map(|variant| {
                TypeOptions::none(&variant.attrs, &mut errors);
                let is_unit = matches!(variant.fields, Fields::Unit);
                KeyVariant {
                    name: variant.ident.clone(),
                    is_unit,
                    fields: fields(&variant.fields, &mut errors),
                }
            });
            Some(Shape::Enum(variants.collect()))
        }
        Data::Union(data) => {
            errors.at(data.union_token, "which field of a `union` holds the value is not known; implement `CacheKey` by hand");
            None
        }
    };
    errors.finish()?;
    let runtime = options
        .runtime
        .map_or_else(|| Runtime::default().0, |runtime| runtime.value);
    let shape = shape.unwrap_or(Shape::Struct(Vec::new()));
    let generics = bounded(&input.generics, &runtime);
    Ok(KeyType {
        runtime,
        name: input.ident.clone(),
        generics,
        shape,
    })
}

fn fields(fields: &Fields, errors: &mut Errors) -> Vec<KeyField> {
    let mut kept: Vec<KeyField> = Vec::new();
    for (at, field) in fields.iter().enumerate() {
        let options = FieldOptions::read(&field.attrs, errors);
        if options.skip.is_none() {
            let member = field
                .ident
                .clone()
                .map_or_else(|| Member::Unnamed(Index::from(at)), Member::Named);
            kept.push(KeyField {
                member,
                ty: field.ty.clone(),
                skip_if: options.skip_if.map(|skip_if| skip_if.value),
                with: options.with.map(|with| with.value),
            });
        }
    }
    kept.sort_by_key(KeyField::key_name);
    kept
}

/// Requires every type parameter to be a key.
fn bounded(generics: &Generics, runtime: &Path) -> Generics {
    let mut bounded = generics.clone();
    for parameter in bounded.type_params_mut() {
        parameter.bounds.push(parse_quote!(#runtime::CacheKey));
    }
    bounded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keyed(text: &str) -> KeyType {
        read(&syn::parse_str(text).expect("a type")).expect("no mistake")
    }

    fn wrong(text: &str) -> String {
        read(&syn::parse_str(text).expect("a type"))
            .err()
            .expect("a mistake")
            .to_string()
    }

    #[test]
    fn fields_stand_in_the_order_of_their_names_without_the_skipped() {
        let filters = keyed(
            "struct F { z: u8, #[cache_key(skip)] x: u8, r#type: u8, #[cache_key(skip_if = f)] a: u8 }",
        );
        let Shape::Struct(fields) = filters.shape else {
            panic!("a struct")
        };
        let names: Vec<_> = fields
            .iter()
            .map(|field| (field.key_name().expect("a name"), field.skip_if.is_some()))
            .collect();
        assert_eq!(
            names,
            [
                ("a".to_owned(), true),
                ("type".to_owned(), false),
                ("z".to_owned(), false)
            ]
        );
    }

    #[test]
    fn fields_of_tuples_keep_their_order() {
        let Shape::Struct(fields) = keyed("struct P(u8, #[cache_key(skip)] u8, u8);").shape else {
            panic!("a struct")
        };
        let members: Vec<_> = fields
            .iter()
            .map(|field| quote::ToTokens::to_token_stream(&field.member).to_string())
            .collect();
        assert_eq!(members, ["0", "2"]);
    }

    #[test]
    fn mistakes_stand_where_they_are() {
        assert!(wrong("union U { a: u8 }").starts_with("which field of a `union`"));
        assert_eq!(
            wrong("#[cache_key(skip)] struct S;"),
            "`skip` stands on a field"
        );
        assert_eq!(
            wrong("enum E { #[cache_key(skip)] A }"),
            "`#[cache_key]` stands on fields, and on the type"
        );
    }
}
