//! Rules for expressions: those over the arguments, and those over the outcome.

use super::inputs::Inputs;
use crate::attr::{Arg, Arguments, TtlRule};
use crate::errors::Errors;
use crate::scope::free_names;
use syn::{Expr, ExprClosure, ExprLit, Lit};

pub(super) fn check(arguments: &Arguments, inputs: &Inputs<'_>, errors: &mut Errors) {
    if let Some(ttl) = &arguments.ttl
        && let TtlRule::OfOutcome(closure) = &ttl.value.rule
    {
        sees_only_the_outcome(
            "ttl",
            &Expr::Closure(ExprClosure::clone(closure)),
            inputs,
            errors,
        );
    }
    if let Some(tags) = &arguments.tags_of_value {
        let closure = Expr::Closure(tags.value.clone());
        sees_only_the_outcome("tags", &closure, inputs, errors);
    }
    if let Some(unless) = &arguments.unless {
        match ungrouped(&unless.value) {
            closure @ Expr::Closure(_) => sees_only_the_outcome("unless", closure, inputs, errors),
            Expr::Path(_) => {}
            other => errors.at(
                other,
                "`unless` takes a closure over the outcome, or the path of a function, as in `Option::is_none`; for a rule over the arguments write `condition`",
            ),
        }
    }
    check_condition(arguments.condition.as_ref(), "write `unless`", errors);
}

pub(super) fn check_condition(condition: Option<&Arg<Expr>>, way_out: &str, errors: &mut Errors) {
    if let Some(condition) = condition
        && let Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) = ungrouped(&condition.value)
    {
        errors.at(
            text,
            format!(
                "`condition` is an expression, without quotes: write `condition = {}`",
                text.value()
            ),
        );
    }
    if let Some(condition) = condition
        && let closure @ Expr::Closure(_) = ungrouped(&condition.value)
    {
        errors.at(
            closure,
            format!("`condition` is an expression over the arguments; for a rule over the outcome {way_out}"),
        );
    }
}

fn ungrouped(mut expression: &Expr) -> &Expr {
    while let Expr::Group(group) = expression {
        expression = &group.expr;
    }
    expression
}

/// Refuses arguments in expressions over the outcome: the body has taken them by then.
pub(super) fn sees_only_the_outcome(
    what: &str,
    closure: &Expr,
    inputs: &Inputs<'_>,
    errors: &mut Errors,
) {
    for name in free_names(closure).iter().filter(|name| inputs.has(name)) {
        errors.at(name, format!("`{name}` has gone into the body by then: a closure of `{what}` sees the outcome alone"));
    }
}
