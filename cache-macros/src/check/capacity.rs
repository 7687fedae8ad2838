//! What `capacity` may say.

use super::Subject;
use super::inputs::Inputs;
use crate::attr::{Arguments, Capacity, Kind};
use crate::errors::Errors;
use crate::scope::free_names;

/// One bound holds for all calls and all copies, and for a page it cannot be given up.
pub(super) fn check(
    kind: Kind,
    arguments: &Arguments,
    subject: Subject<'_>,
    inputs: &Inputs<'_>,
    errors: &mut Errors,
) {
    match arguments.capacity.as_ref().map(|capacity| &capacity.value) {
        Some(Capacity::Entries(entries)) => {
            let parameters = subject.function.parameters();
            for name in free_names(entries) {
                if inputs.has(&name) {
                    errors.at(&name, format!("`capacity` is one for all calls, and `{name}` is an argument; write a number or a constant"));
                } else if parameters.contains(&&name) {
                    errors.at(&name, format!("`capacity` is one for all copies of the function, and `{name}` is a parameter of it; write a number or a constant"));
                }
            }
        }
        Some(Capacity::Unbounded(unbounded)) if kind == Kind::CachePage => {
            errors.at(unbounded, "a page has as many keys as clients care to ask for, so it keeps a bound; write a number, as in `capacity = 10_000`");
        }
        Some(Capacity::Unbounded(_)) | None => {}
    }
}
