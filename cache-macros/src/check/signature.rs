//! The rules of signatures.

use super::Subject;
use crate::attr::AttributeKind;
use crate::errors::Errors;
use crate::signature::{Argument, Function, Passing, parameters, plain};
use syn::visit::{self, Visit};
use syn::{
    GenericArgument, Ident, Lifetime, ParenthesizedGenericArguments, PathArguments, TraitBound,
    Type, TypeBareFn, TypeImplTrait, TypeParamBound, TypePath, TypeReference, TypeTraitObject,
};

/// Refuses the qualifiers and attributes that no cached function or page can have.
pub(super) fn check_head(kind: AttributeKind, function: &Function, errors: &mut Errors) {
    let signature = &function.signature;
    if let Some(token) = &signature.constness {
        errors.at(
            token,
            "a `const fn` has no cache to look at when the compiler evaluates it",
        );
    }
    if let Some(token) = &signature.unsafety {
        errors.at(token, format!("{kind} does not take an `unsafe fn`: generated code would have to call it; wrap it in a safe function"));
    }
    if let Some(abi) = &signature.abi {
        errors.at(
            abi,
            format!("{kind} does not take an `extern` function; wrap it in one of Rust"),
        );
    }
    if let Some(variadic) = &signature.variadic {
        errors.at(
            variadic,
            "the arguments of a variadic function cannot be told apart, and so not be a key",
        );
    }
    if function.body.is_none() {
        errors.at(
            &signature.ident,
            format!("{kind} stands on a function with a body"),
        );
    }
    let of_receiver = function
        .receiver()
        .map_or(&[][..], |receiver| &receiver.attrs);
    let arguments = function.arguments();
    let of_arguments = arguments.iter().flat_map(|argument| argument.attributes);
    for attribute in of_receiver
        .iter()
        .chain(of_arguments)
        .filter(|attribute| attribute.path().is_ident("cfg"))
    {
        errors.at(attribute, "an argument that is there in some builds only cannot be in the key; put `#[cfg]` on the function");
    }
}

/// Refuses patterns that do not match through a reference, because a look-up borrows the arguments.
pub(super) fn check_patterns(function: &Function, errors: &mut Errors) {
    for reference in function
        .arguments()
        .iter()
        .filter_map(reference_in_value_pattern)
    {
        errors.at(reference, "this pattern takes the argument apart by value, but a look-up only borrows it; take it apart in the body");
    }
}

/// A `&` in the pattern of an argument that is passed by value, which does not match through a reference.
fn reference_in_value_pattern<'f>(argument: &Argument<'f>) -> Option<&'f syn::PatReference> {
    struct Find<'f>(Option<&'f syn::PatReference>);
    impl<'f> Visit<'f> for Find<'f> {
        fn visit_pat_reference(&mut self, reference: &'f syn::PatReference) {
            self.0.get_or_insert(reference);
        }
    }
    if argument.passing != Passing::Value {
        return None;
    }
    let mut find = Find(None);
    find.visit_pat(argument.pattern);
    find.0
}

/// Refuses a return type that cannot be kept.
pub(super) fn check_output(subject: Subject<'_>, output: &Type, errors: &mut Errors) {
    let mut borrows = Borrows(errors);
    borrows.visit_type(output);
    check_head_is_known(subject, output, "is not kept", errors);
}

/// Refuses a bare type parameter: whether it is a `Result` is not known inside the function.
pub(super) fn check_head_is_known(
    subject: Subject<'_>,
    output: &Type,
    fate: &str,
    errors: &mut Errors,
) {
    let Some(head) = head(plain(output)) else {
        return;
    };
    let own = subject.function.parameters();
    let outer = subject.outer_generics().map(parameters).unwrap_or_default();
    if own
        .into_iter()
        .chain(outer)
        .any(|parameter| parameter == head)
    {
        errors.at(
            output,
            format!("whether this type is a `Result`, whose `Err` {fate}, cannot be known here; spell it, as in `Option<T>` or `Result<T, E>`"),
        );
    }
}

/// The first word of a path, through `<T as Trait>::Out`.
fn head(ty: &Type) -> Option<&Ident> {
    match ty {
        Type::Path(TypePath {
            qself: Some(of), ..
        }) => head(plain(&of.ty)),
        Type::Path(TypePath { qself: None, path }) => {
            path.segments.first().map(|segment| &segment.ident)
        }
        _ => None,
    }
}

/// Finds a type that cannot be kept: borrowed from an argument, unnamed, or a future.
struct Borrows<'e>(&'e mut Errors);

const BORROWED: &str = "a kept value cannot borrow from the arguments; return an owned one, such as `String` or `Arc<str>`";

impl<'ast> Visit<'ast> for Borrows<'_> {
    fn visit_type_reference(&mut self, reference: &'ast TypeReference) {
        match &reference.lifetime {
            None => self.0.at(reference, BORROWED),
            Some(lifetime) if reference.mutability.is_some() => {
                self.0.at(
                    reference,
                    format!("a kept value is shared; `&{lifetime} mut` cannot be"),
                );
            }
            Some(_) => visit::visit_type_reference(self, reference),
        }
    }

    fn visit_lifetime(&mut self, lifetime: &'ast Lifetime) {
        if lifetime.ident != "static" {
            self.0.at(lifetime, BORROWED);
        }
    }

    fn visit_type_impl_trait(&mut self, unnamed: &'ast TypeImplTrait) {
        self.0.at(
            unnamed,
            "a kept value needs a type with a name; return that type, or box it",
        );
    }

    // The lifetimes inside belong to the function pointer.
    fn visit_type_bare_fn(&mut self, _: &'ast TypeBareFn) {}

    fn visit_parenthesized_generic_arguments(&mut self, _: &'ast ParenthesizedGenericArguments) {}

    fn visit_type_trait_object(&mut self, object: &'ast TypeTraitObject) {
        match object.bounds.iter().find(|bound| is_future(bound)) {
            Some(future) => self.0.at(
                future,
                "a future is not kept, but what it gives is; write an `async fn`",
            ),
            None => visit::visit_type_trait_object(self, object),
        }
    }

    fn visit_trait_bound(&mut self, bound: &'ast TraitBound) {
        if bound.lifetimes.is_none() {
            visit::visit_trait_bound(self, bound);
        }
    }
}

fn is_future(bound: &TypeParamBound) -> bool {
    let TypeParamBound::Trait(bound) = bound else {
        return false;
    };
    bound
        .path
        .segments
        .last()
        .is_some_and(|last| last.ident == "Future")
}

/// A `&'static` in the output, which cannot be read back from bytes.
pub(super) fn static_reference(output: &Type) -> Option<&TypeReference> {
    struct Find<'f>(Option<&'f TypeReference>);
    impl<'f> Visit<'f> for Find<'f> {
        fn visit_type_reference(&mut self, reference: &'f TypeReference) {
            self.0.get_or_insert(reference);
        }
        fn visit_type_bare_fn(&mut self, _: &'f TypeBareFn) {}
    }
    let mut find = Find(None);
    find.visit_type(output);
    find.0
}

/// `T` of a type that is written `…Result<T, …>`.
pub(crate) fn kept_of_result(output: &Type) -> Option<&Type> {
    let Type::Path(TypePath { path, .. }) = plain(output) else {
        return None;
    };
    let last = path
        .segments
        .last()
        .filter(|segment| segment.ident == "Result")?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return None;
    };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(kept) => Some(kept),
        _ => None,
    })
}
