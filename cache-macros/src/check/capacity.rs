//! The rules of `capacity`.

use super::Subject;
use super::inputs::Inputs;
use crate::attr::{Arguments, AttributeKind, Capacity};
use crate::errors::Errors;
use crate::scope::free_names;
use crate::signature::parameters;
use syn::visit::{self, Visit};
use syn::{Expr, Ident, Path};

/// Refuses a capacity over arguments or type parameters, because it is the same for all calls and instances, and refuses
/// `unbounded` pages.
pub(super) fn check(
    kind: AttributeKind,
    arguments: &Arguments,
    subject: Subject<'_>,
    inputs: &Inputs<'_>,
    errors: &mut Errors,
) {
    match arguments.capacity.as_ref().map(|capacity| &capacity.value) {
        Some(Capacity::Entries(entries)) => {
            let outer = subject.outer_generics().into_iter().flat_map(parameters);
            let parameters: Vec<_> = subject
                .function
                .parameters()
                .into_iter()
                .chain(outer)
                .collect();
            for name in first_words(entries) {
                if name == "Self" {
                    errors.at(name, "`capacity` is a constant of the program, where `Self` has no meaning; write the name of the type");
                } else if parameters.contains(&name) {
                    errors.at(name, format!("`capacity` is one for all copies of the function, and `{name}` is a parameter of it; write a number or a constant"));
                }
            }
            for name in free_names(entries) {
                if inputs.has(&name) {
                    errors.at(&name, format!("`capacity` is one for all calls, and `{name}` is an argument; write a number or a constant"));
                }
            }
        }
        Some(Capacity::Unbounded(unbounded)) if kind == AttributeKind::CachePage => {
            errors.at(unbounded, "clients choose the keys of a page, so it always has a bound; write a number, as in `capacity = 10_000`");
        }
        Some(Capacity::Unbounded(_)) | None => {}
    }
}

/// The first words of the paths in an expression.
fn first_words(expression: &Expr) -> Vec<&Ident> {
    struct Words<'a>(Vec<&'a Ident>);
    impl<'a> Visit<'a> for Words<'a> {
        fn visit_path(&mut self, path: &'a Path) {
            self.0
                .extend(path.segments.first().map(|first| &first.ident));
            visit::visit_path(self, path);
        }
    }
    let mut words = Words(Vec::new());
    words.visit_expr(expression);
    words.0
}
