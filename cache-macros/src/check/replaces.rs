//! Rules for a body that looks at the value which its load replaces.

use super::FunctionPlace;
use super::inputs::Inputs;
use crate::attr::Arguments;
use crate::errors::Errors;

pub(super) fn check(
    arguments: &Arguments,
    place: FunctionPlace,
    inputs: &Inputs<'_>,
    errors: &mut Errors,
) {
    let Some(replaces) = &arguments.replaces else {
        return;
    };
    let old = &replaces.value.0;
    if place == FunctionPlace::Trait {
        errors.at(
            &replaces.name,
            "`replaces` needs a function beside this one, and an `impl` of a trait has no room for it; cache a function that this one calls",
        );
    } else if inputs.binds(old) {
        errors.at(
            old,
            format!("`{old}` is an argument of this function; choose another name for the value that its load replaces"),
        );
    }
}
