//! Outcomes whose errors are kept.

use std::marker::PhantomData;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Outcome, Probe, WithErrors};
use crate::entry::OutOfTable;

/// A return type with errors, which `cache_err` keeps.
#[diagnostic::on_unimplemented(
    message = "`cache_err` keeps errors, but `{Self}` is not a `Result`",
    label = "this is no `Result`"
)]
pub trait HasErrors {}

/// An error that `cache_err` can keep.
#[diagnostic::on_unimplemented(
    message = "`cache_err` keeps errors and gives each caller a copy, but `{Self}` is not `Clone`",
    label = "this error is not `Clone`",
    note = "derive `Clone` for it, return it in an `Arc`, as in `Result<T, Arc<{Self}>>`, or leave `cache_err` out"
)]
pub trait KeptError {}

#[diagnostic::do_not_recommend]
impl<E: Clone> KeptError for E {}

impl<T, E: KeptError> HasErrors for Result<T, E> {}

/// Compiles if errors can be kept. The expansion of a function calls it once, so that the compiler reports once why not.
pub const fn keeps_errors<R: HasErrors>() {}

/// The first answer: errors that can be kept.
pub trait ProbeKeepsErrors<T, E> {
    /// The kind of outcome.
    #[inline]
    fn with_errors(&self) -> WithErrors<T, E> {
        WithErrors(PhantomData)
    }
}

impl<T, E: Clone> ProbeKeepsErrors<T, E> for &&Probe<Result<T, E>> {}

/// The second answer: errors that cannot be kept.
pub trait ProbeRefusesErrors<T, E> {
    /// The kind of outcome.
    fn with_errors(&self) -> Refused<Result<T, E>, T> {
        Refused(PhantomData)
    }
}

impl<T, E> ProbeRefusesErrors<T, E> for &Probe<Result<T, E>> {}

/// The last answer: no errors.
pub trait ProbeNoErrors<R> {
    /// The kind of outcome.
    fn with_errors(&self) -> Refused<R, R> {
        Refused(PhantomData)
    }
}

impl<R> ProbeNoErrors<R> for Probe<R> {}

/// A return type whose errors cannot be kept. [`keeps_errors`] reports that; the rest of the function compiles with this, so that
/// there is no further error.
#[derive(Debug)]
pub struct Refused<R, T>(PhantomData<fn() -> (R, T)>);

impl<R, T> Clone for Refused<R, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R, T> Copy for Refused<R, T> {}

/// An error that can be kept anywhere, because there is none.
#[derive(Clone, Debug)]
pub enum NoError {}

impl Serialize for NoError {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        match *self {}
    }
}

impl<'de> Deserialize<'de> for NoError {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(D::Error::custom("there is no error to be read"))
    }
}

impl<R, T> Outcome for Refused<R, T> {
    type Placing = OutOfTable;
    type Ret = R;
    type Kept = Result<T, NoError>;

    fn kept(_: &R) -> Option<&Result<T, NoError>> {
        None
    }

    fn whole(_: Result<T, NoError>) -> R {
        unreachable!("nothing of this kind is kept")
    }
}
