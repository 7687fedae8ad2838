//! The rules of all annotated handlers.

use super::inputs::Inputs;
use super::{FunctionPlace, Subject};
use crate::attr::AttributeKind;
use crate::block::Block;
use crate::errors::Errors;
use crate::signature::Passing;

/// Refuses functions that are not handlers.
pub(super) fn check(kind: AttributeKind, subject: Subject<'_>, errors: &mut Errors) {
    let function = subject.function;
    if !function.is_async() {
        errors.at(
            function.signature.fn_token,
            format!("{kind} stands on a handler, which is an `async fn`"),
        );
    }
    if let Some(receiver) = function.receiver() {
        errors.at(
            receiver,
            "a handler takes no `self`; take what it needs as `State`",
        );
    }
    if subject.block.is_some_and(Block::is_trait_impl) {
        errors.at(function.name(), format!("{kind} cannot add to an `impl` of a trait; move the handler to an `impl` of the type"));
    }
}

/// Refuses arguments that are not extractors of a named type.
pub(super) fn check_arguments(inputs: &Inputs<'_>, errors: &mut Errors) {
    for argument in &inputs.arguments {
        if argument.passing != Passing::Value {
            errors.at(
                argument.ty,
                "an extractor gives an owned value; take the argument by value",
            );
        } else if argument.is_impl_trait() {
            errors.at(
                argument.ty,
                "an extractor needs a type with a name, by which it can be accounted for",
            );
        }
    }
}

pub(super) fn place(is_associated: bool, subject: Subject<'_>) -> FunctionPlace {
    let stands_in_an_impl =
        subject.block.is_some() || is_associated || subject.function.speaks_of_self();
    if stands_in_an_impl {
        FunctionPlace::Inherent
    } else {
        FunctionPlace::Free
    }
}
