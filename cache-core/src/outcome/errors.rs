//! Errors that are kept.

use std::marker::PhantomData;

use super::{Outcome, WithErrors};

/// A return type that has errors, which `cache_err` keeps.
#[diagnostic::on_unimplemented(
    message = "`cache_err` keeps errors, but a `{Self}` is none",
    label = "this is no `Result`"
)]
pub trait HasErrors {
    /// The kind of outcome that keeps errors as well.
    type Outcome: Outcome<Ret = Self>;

    /// That kind.
    fn outcome() -> Self::Outcome;
}

/// An error that `cache_err` can keep.
#[diagnostic::on_unimplemented(
    message = "`cache_err` keeps errors and gives each caller a copy, but `{Self}` is not `Clone`",
    label = "this error is not `Clone`",
    note = "derive `Clone` for it, return it in an `Arc`, as in `Result<T, Arc<{Self}>>`, or leave `cache_err` out"
)]
pub trait KeptError {}

#[diagnostic::do_not_recommend]
impl<E: Clone> KeptError for E {}

impl<T, E: KeptError> HasErrors for Result<T, E> {
    type Outcome = WithErrors<T, E>;

    #[inline]
    fn outcome() -> WithErrors<T, E> {
        WithErrors(PhantomData)
    }
}
