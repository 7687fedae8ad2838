//! The rules of `#[conditional]`.

use super::inputs::Inputs;
use super::key::{self, FilledText};
use super::{Subject, handler};
use crate::attr::conditional::EtagArgument;
use crate::attr::{Arg, ConditionalArguments};
use crate::errors::Errors;
use crate::scope::free_names;
use syn::visit::{self, Visit};
use syn::{Expr, ExprAsync, ExprAwait, Ident};

/// What is known of an answer before the body runs.
pub(crate) struct CheckedConditional {
    pub(crate) etag: Option<CheckedEtag>,
    /// An expression over the arguments.
    pub(crate) last_modified: Option<Expr>,
    /// The names that its expressions use, those of arguments included.
    pub(crate) names: Vec<Ident>,
}

/// What an entity tag is made of.
pub(crate) enum CheckedEtag {
    Template(FilledText),
    /// An expression over the arguments.
    Computed(Box<Expr>),
}

pub(super) fn check(
    said: &ConditionalArguments,
    subject: Subject<'_>,
    inputs: &Inputs<'_>,
    errors: &mut Errors,
) -> CheckedConditional {
    handler::check_arguments(inputs, errors);
    let mut names = Vec::new();
    let etag = said.etag.as_ref().and_then(|etag| match &etag.value {
        EtagArgument::Template(template) => {
            for hole in template.holes() {
                check_awaits("etag", &hole.expression, errors);
            }
            let text = key::check_text(template, subject, inputs, errors)?;
            names.extend(text.names.iter().cloned());
            Some(CheckedEtag::Template(text))
        }
        EtagArgument::Computed(expression) => {
            check_awaits("etag", expression, errors);
            names.extend(free_names(expression));
            Some(CheckedEtag::Computed(expression.clone()))
        }
    });
    let last_modified = said.last_modified.as_ref().map(|Arg { value, .. }| {
        check_awaits("last_modified", &value.0, errors);
        names.extend(free_names(&value.0));
        value.0.clone()
    });
    CheckedConditional {
        etag,
        last_modified,
        names,
    }
}

/// Refuses an `.await`: what is known before the body follows from the arguments alone.
fn check_awaits(argument: &str, expression: &Expr, errors: &mut Errors) {
    struct Awaits<'e>(&'e str, &'e mut Errors);
    impl<'ast> Visit<'ast> for Awaits<'_> {
        fn visit_expr_await(&mut self, found: &'ast ExprAwait) {
            let argument = self.0;
            self.1.at(
                found.await_token,
                format!("`{argument}` cannot wait: it follows from the arguments alone; let an extractor load what it needs, and take that as an argument"),
            );
            visit::visit_expr_await(self, found);
        }
        // What waits in there is not waited for here.
        fn visit_expr_async(&mut self, _: &'ast ExprAsync) {}
    }
    Awaits(argument, errors).visit_expr(expression);
}
