//! `#[invalidates(tags("post:{post.slug}"), keys("recent_posts"))]`.

use super::{Arg, Grammar, Templates, each_argument, set};
use crate::errors::Errors;
use crate::suggest::did_you_mean;
use crate::template::TextTemplate;
use syn::parse::ParseStream;
use syn::{Error, Expr, ExprClosure, Ident, Lit, LitStr, Path, Result, Token};

/// The arguments of `#[invalidates]`.
#[derive(Clone, Default)]
pub(crate) struct InvalidatesArguments {
    pub(crate) tags: Option<Arg<Templates>>,
    /// Tags from the value.
    pub(crate) tags_of_value: Option<Arg<ExprClosure>>,
    pub(crate) keys: Option<Arg<Templates>>,
    /// Keys from the value.
    pub(crate) keys_of_value: Option<Arg<ExprClosure>>,
    pub(crate) namespace: Option<Arg<TextTemplate>>,
    /// Whether it invalidates before the body instead of after it.
    pub(crate) before: Option<Arg<()>>,
    pub(crate) condition: Option<Arg<Expr>>,
    pub(crate) cache: Option<Arg<LitStr>>,
    pub(crate) runtime: Option<Arg<Path>>,
}

const NAMES: [&str; 7] = [
    "tags",
    "keys",
    "namespace",
    "before",
    "condition",
    "cache",
    "crate",
];

impl Grammar for InvalidatesArguments {
    fn read(input: ParseStream<'_>, errors: &mut Errors) -> Self {
        let mut stale = Self::default();
        let nothing = input.is_empty().then(|| input.span());
        each_argument(input, errors, unnamed, |name, input| {
            stale.read_one(name, input)
        });
        if let Some(span) = nothing {
            errors.push(Error::new(
                span,
                "`#[invalidates]` names nothing; write what is stale after the body, as in `tags(\"post:{id}\")` or `keys(\"recent_posts\")`",
            ));
        }
        stale
    }
}

impl InvalidatesArguments {
    fn read_one(&mut self, name: Ident, input: ParseStream<'_>) -> Result<()> {
        match name.to_string().as_str() {
            "tags" if input.peek(Token![=]) => set(&mut self.tags_of_value, name, input),
            "tags" => set(&mut self.tags, name, input),
            "keys" if input.peek(Token![=]) => set(&mut self.keys_of_value, name, input),
            "keys" => set(&mut self.keys, name, input),
            "namespace" => set(&mut self.namespace, name, input),
            "before" => set(&mut self.before, name, input),
            "condition" => set(&mut self.condition, name, input),
            "cache" => set(&mut self.cache, name, input),
            "crate" => set(&mut self.runtime, name, input),
            other => Err(Error::new_spanned(&name, unknown(other))),
        }
    }

    /// Whether something stale follows from the function's arguments.
    pub(crate) fn names_something(&self) -> bool {
        self.tags.is_some() || self.keys.is_some() || self.namespace.is_some() || self.of_value()
    }

    /// Whether something stale follows from the value.
    pub(crate) fn of_value(&self) -> bool {
        self.tags_of_value.is_some() || self.keys_of_value.is_some()
    }
}

/// What to write for a text without an argument's name.
fn unnamed(value: &Lit) -> String {
    match value {
        Lit::Str(text) => format!("`tags({0})` or `keys({0})`", text.token()),
        _ => "texts, as in `tags(\"posts\")` or `keys(\"recent_posts\")`".to_owned(),
    }
}

fn unknown(name: &str) -> String {
    match name {
        "key" => "what is stale may be several: `keys(\"recent_posts\")`".to_owned(),
        "soft" => "`soft` comes in a later version".to_owned(),
        other => {
            let list = format!("the arguments are {}", NAMES.join(", "));
            format!(
                "`{other}` is not an argument of `#[invalidates]`{}",
                did_you_mean(other, NAMES, &list)
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{accepted, mistakes};

    fn wrong(arguments: &str) -> String {
        let found = mistakes::<InvalidatesArguments>(arguments);
        assert_eq!(found.len(), 1, "{arguments}: {found:?}");
        format!("{} | {}", found[0].0, found[0].1)
    }

    #[test]
    fn tags_and_keys_are_texts_or_of_the_value_or_both() {
        let stale: InvalidatesArguments = accepted(
            "tags(\"post:{id}\", \"posts\"), tags = |post| [post.tag()], keys(\"recent\"), namespace = \"n:{id}\", before",
        );
        assert_eq!(stale.tags.as_ref().map(|tags| tags.value.0.len()), Some(2));
        assert!(stale.of_value() && stale.names_something() && stale.before.is_some());
        assert!(!accepted::<InvalidatesArguments>("cache = \"pages\"").names_something());
    }

    #[test]
    fn mistakes_of_form() {
        assert!(wrong("").contains("`#[invalidates]` names nothing"));
        assert!(wrong("tag(\"a\")").contains("did you mean `tags`?"));
        assert!(wrong("key = \"a\"").contains("`keys(\"recent_posts\")`"));
        assert!(wrong("tags()").starts_with("tags | `tags()` names nothing"));
        assert!(wrong("tags").starts_with("tags | `tags` takes texts in parentheses"));
        assert!(wrong("tags = \"a\"").starts_with("\"a\" | `tags =` takes a closure"));
        assert!(wrong("keys(5)").starts_with("5 | `keys` takes texts in parentheses"));
        assert_eq!(
            wrong("tags(\"a\", \"a\")"),
            "\"a\" | \"a\" is given twice in `tags`"
        );
        assert_eq!(
            wrong("tags(\"a\"), tags(\"b\")"),
            "tags | `tags` is given twice"
        );
        assert!(wrong("tags(\"a\"), soft").ends_with("comes in a later version"));
    }
}
