//! The rules of `#[invalidates]`.

use super::inputs::Inputs;
use super::key::{self, FilledText};
use super::{Subject, outcome, signature};
use crate::attr::{self, Arg, AttributeKind, Templates};
use crate::errors::Errors;
use crate::signature::Boxed;
use syn::{Expr, ExprClosure, Ident, Path, Result, Type};

/// A function that has passed the rules.
pub(crate) struct InvalidatingFunction<'a> {
    /// The path of `cache_core`.
    pub(crate) runtime: Path,
    pub(crate) subject: Subject<'a>,
    pub(crate) inputs: Inputs<'a>,
    pub(crate) tags: Vec<FilledText>,
    pub(crate) keys: Vec<FilledText>,
    pub(crate) namespace: Option<FilledText>,
    /// The future inside, if the function has the form that `async_trait` gives it.
    pub(crate) boxed: Option<Boxed>,
    pub(crate) arguments: &'a attr::InvalidatesArguments,
}

impl InvalidatingFunction<'_> {
    /// Whether it is async.
    pub(crate) fn is_async(&self) -> bool {
        self.subject.function.is_async() || self.boxed.is_some()
    }

    /// The type of the returned or awaited value, if one is written.
    pub(crate) fn output(&self) -> Option<&Type> {
        self.boxed.as_ref().map_or_else(
            || self.subject.function.output(),
            |boxed| Some(&boxed.output),
        )
    }

    /// The names of arguments that its texts use.
    pub(crate) fn names(&self) -> Vec<Ident> {
        let all = self.tags.iter().chain(&self.keys).chain(&self.namespace);
        let mut names: Vec<Ident> = Vec::new();
        for name in all.flat_map(|text| &text.names) {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        names
    }
}

/// Checks a function under `#[invalidates]`; `name` is the attribute's name, for errors.
pub(crate) fn check<'a>(
    name: &Ident,
    arguments: &'a attr::InvalidatesArguments,
    runtime: Path,
    subject: Subject<'a>,
) -> Result<InvalidatingFunction<'a>> {
    let mut errors = Errors::default();
    let function = subject.function;
    let inputs = Inputs {
        borrows_self: false,
        ..Inputs::of(function)
    };
    signature::check_head(AttributeKind::Invalidates, function, &mut errors);
    check_arguments(name, arguments, &inputs, &mut errors);
    let mut texts = |templates: Option<&Arg<Templates>>| {
        let templates = templates.into_iter().flat_map(|arg| &arg.value.0);
        let text = |template| key::check_text(template, subject, &inputs, &mut errors);
        templates.filter_map(text).collect::<Vec<_>>()
    };
    let (tags, keys) = (
        texts(arguments.tags.as_ref()),
        texts(arguments.keys.as_ref()),
    );
    let namespace = arguments.namespace.as_ref();
    let namespace =
        namespace.and_then(|arg| key::check_text(&arg.value, subject, &inputs, &mut errors));
    let checked = InvalidatingFunction {
        runtime,
        subject,
        inputs,
        tags,
        keys,
        namespace,
        boxed: function.boxed_async(),
        arguments,
    };
    if arguments.before.is_none()
        && let Some(output) = checked.output()
    {
        signature::check_head_is_known(subject, output, "makes nothing stale", &mut errors);
    }
    errors.finish().map(|()| checked)
}

fn check_arguments(
    name: &Ident,
    arguments: &attr::InvalidatesArguments,
    inputs: &Inputs<'_>,
    errors: &mut Errors,
) {
    if !arguments.names_something() {
        errors.at(
            name,
            "`#[invalidates]` names nothing that is stale; write `tags(\"post:{id}\")`, `keys(\"recent_posts\")` or `namespace = \"category:{id}\"`",
        );
    }
    let of_value = [
        ("tags", &arguments.tags_of_value),
        ("keys", &arguments.keys_of_value),
    ];
    for (what, closure) in of_value {
        if let Some(closure) = closure {
            let expression = Expr::Closure(ExprClosure::clone(&closure.value));
            outcome::sees_only_the_outcome(what, &expression, inputs, errors);
        }
    }
    if let Some(before) = &arguments.before
        && arguments.of_value()
    {
        errors.at(
            &before.name,
            "there is no value `before` the body: a closure over it has nothing to look at",
        );
    }
    outcome::check_condition(
        arguments.condition.as_ref(),
        "give what is stale by a closure, as in `tags = |value| …`",
        errors,
    );
}
