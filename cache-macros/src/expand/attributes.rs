//! The other attributes of a function, which go to the function that the user calls, to the body, or to both.

use super::names::HandleNames;
use crate::framework::WebFramework;
use crate::merge::{self, marker};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Attribute, MetaList, Path, parse_quote};

/// The attributes of an annotated function, by destination.
#[derive(Default)]
pub(super) struct Attributes {
    /// `#[cfg]`: on everything that is generated.
    pub(super) everywhere: Vec<Attribute>,
    /// On the function that the user calls.
    pub(super) outer: Vec<Attribute>,
    /// On the body, after the marker of generated code.
    pub(super) body: Vec<Attribute>,
    /// A summary of our attribute, for the docs of the handle.
    pub(super) summary: Option<String>,
}

impl Attributes {
    pub(super) fn of(attributes: &[Attribute]) -> Self {
        let mut all = Self {
            body: vec![marker()],
            ..Self::default()
        };
        for attribute in attributes {
            match name(attribute).as_str() {
                "cfg" => all.everywhere.push(attribute.clone()),
                "doc" | "must_use" | "deprecated" | "track_caller" | "no_mangle"
                | "export_name" | "unsafe" => {
                    all.outer.push(attribute.clone());
                }
                "allow" | "warn" | "deny" | "forbid" => {
                    all.outer.push(attribute.clone());
                    all.body.push(attribute.clone());
                }
                "expect" => {
                    let allowed = allowed(attribute);
                    all.outer.push(allowed.clone());
                    all.body.push(allowed);
                }
                _ => all.body.push(attribute.clone()),
            }
        }
        all
    }

    /// Those of a handler: its routes go to the function that the framework calls.
    pub(super) fn of_handler(attributes: &[Attribute], framework: WebFramework) -> Self {
        let mut all = Self::of(attributes);
        let routes = all.body.extract_if(.., |one| framework.is_route(one));
        all.outer.extend(routes);
        all
    }

    /// Adds a summary of our attribute and the functions of the handle to the docs of the function.
    pub(super) fn documented(
        mut self,
        summary: String,
        names: &HandleNames<'_>,
        functions: &[&str],
    ) -> Self {
        self.outer.push(documentation(&summary));
        if names.is_public() {
            let handle = format!("Its handle: {}.", names.listed(functions));
            let is_hidden = self.outer.iter().any(is_doc_hidden);
            self.outer.push(documentation(&handle));
            self.summary = Some(summary).filter(|_| !is_hidden);
        }
        self
    }
}

/// A paragraph after the docs of a function.
pub(super) fn documentation(paragraph: &str) -> Attribute {
    let paragraph = format!("\n\n{paragraph}");
    parse_quote!(#[doc = #paragraph])
}

fn is_doc_hidden(attribute: &Attribute) -> bool {
    let is_hidden =
        |list: &MetaList| list.path.is_ident("doc") && list.tokens.to_string() == "hidden";
    attribute.meta.require_list().is_ok_and(is_hidden)
}

fn name(attribute: &Attribute) -> String {
    attribute
        .path()
        .get_ident()
        .map(ToString::to_string)
        .unwrap_or_default()
}

/// Turns `expect` into `allow`: a part of the function may not cause the expected lint.
fn allowed(expected: &Attribute) -> Attribute {
    match expected.meta.require_list() {
        Ok(list) => {
            let lints = &list.tokens;
            parse_quote!(#[allow(#lints)])
        }
        Err(_) => expected.clone(),
    }
}

/// Lints that say nothing about generated code.
pub(super) fn quiet() -> TokenStream {
    quote! {
        #[allow(
            dead_code,
            non_camel_case_types,
            non_snake_case,
            private_bounds,
            private_interfaces,
            unused_imports,
            unused_mut,
            unused_parens,
            unused_qualifications,
            unused_variables,
            unreachable_pub,
            clippy::all,
            clippy::pedantic
        )]
    }
}

/// Lets the compiler resolve the attributes that this expansion took along, on functions that expand to nothing: their imports are
/// then used, and a missing import is an error on the attribute.
pub(crate) fn resolved(paths: &[Path]) -> TokenStream {
    let names = (0..paths.len()).map(|index| format_ident!("__taken{index}"));
    let taken = merge::taken();
    quote!(#(#[#paths(#taken)] fn #names() {})*)
}
