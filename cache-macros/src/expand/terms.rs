//! The terms of a function: everything beside the key that decides what a value means, who may see it and what makes it stale.
//!
//! A store outlives a build. If two builds of a program differ in the terms of a function, neither uses the other's entries: a page
//! that was behind a guard must not be served by a build without it, `7` as a user's number is not `7` as a team's, and an entry
//! that was stored without a tag is not reached by the tag's invalidation.

use super::host::HostFunction;
use crate::attr::vary_on::Cookies;
use crate::attr::{Arg, Arguments, NameList};
use crate::check::Vary;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::Expr;

/// The terms as they were written, in the same order whatever the order of the attributes.
pub(super) fn of(host: &HostFunction<'_>, arguments: &Arguments, vary: Option<&Vary>) -> String {
    let mut terms = TermsText::default();
    terms.add("fn", Some(&host.function.signature.inputs));
    terms.add("key", arguments.key.as_ref().map(|key| &key.value.literal));
    let namespace = arguments.namespace.as_ref();
    terms.add(
        "namespace",
        namespace.map(|namespace| &namespace.value.literal),
    );
    let tags = arguments.tags.iter().flat_map(|tags| &tags.value.0);
    let mut tags = tags.map(|tag| &tag.literal).peekable();
    let has_tags = tags.peek().is_some();
    terms.add("tags", has_tags.then(|| quote!(#(#tags),*)));
    let of_value = arguments.tags_of_value.as_ref();
    terms.add("tags of the value", of_value.map(|tags| &tags.value));
    terms.add("guard", names(arguments.guard.as_ref()));
    terms.add("skip", names(arguments.skip.as_ref()));
    terms.add("condition", expression(arguments.condition.as_ref()));
    terms.add("unless", expression(arguments.unless.as_ref()));
    let query = arguments.query.as_ref().map(|query| &query.value);
    terms.add("query", query.map(|names| quote!(#(#names),*)));
    if let Some(vary) = vary {
        let Vary {
            headers, cookies, ..
        } = vary;
        terms.add(
            "headers",
            (!headers.is_empty()).then(|| quote!(#(#headers),*)),
        );
        let cookies = cookies.as_ref().map(|cookies| match cookies {
            Cookies::All => quote!(*),
            Cookies::Named(names) => quote!(#(#names),*),
        });
        terms.add("cookies", cookies);
        for (name, choices) in vary.choices() {
            terms.add(name, Some(quote!(#(#choices),*)));
        }
        terms.add("device", vary.device.then(TokenStream::new));
    }
    terms.0
}

fn names(names: Option<&Arg<NameList>>) -> Option<TokenStream> {
    let NameList(names) = &names?.value;
    Some(quote!(#(#names),*))
}

fn expression(expression: Option<&Arg<Expr>>) -> Option<&Expr> {
    expression.map(|expression| &expression.value)
}

#[derive(Default)]
struct TermsText(String);

impl TermsText {
    fn add(&mut self, name: &str, value: Option<impl ToTokens>) {
        let Some(value) = value else { return };
        if !self.0.is_empty() {
            self.0.push(' ');
        }
        let value = value.to_token_stream().to_string();
        self.0.extend([name, "(", &value, ")"]);
    }
}
