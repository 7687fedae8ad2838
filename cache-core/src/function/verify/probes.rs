//! What can be done with the values of a function that is verified: found by their types.

use std::any::Any;
use std::fmt::Debug;

use crate::entry::Equals;
use crate::outcome::Outcome;

/// How a value is shown, where it can be.
pub type ShowValue = fn(&dyn Any) -> Option<String>;

/// How the values of a function are compared and shown.
#[derive(Clone, Copy, Debug)]
pub struct Compared {
    /// Whether two are equal; `None` if nobody knows.
    pub equals: Option<Equals>,
    /// How one is shown.
    pub shown: ShowValue,
}

/// A probe of an outcome: how is its kept part shown?
#[derive(Debug)]
pub struct ShownProbe<O>(pub O);

/// The first answer: by `Debug`.
pub trait ProbeDebug {
    /// How it is shown.
    fn shown(&self) -> ShowValue;
}

impl<O: Outcome<Kept: Debug + 'static>> ProbeDebug for &ShownProbe<O> {
    fn shown(&self) -> ShowValue {
        |value| Some(format!("{:?}", value.downcast_ref::<O::Kept>()?))
    }
}

/// The last answer: it is not shown.
pub trait ProbeHidden {
    /// How it is shown.
    fn shown(&self) -> ShowValue;
}

impl<O: Outcome> ProbeHidden for ShownProbe<O> {
    fn shown(&self) -> ShowValue {
        |_| None
    }
}

/// A probe of an argument: can it be copied for a run that verifies?
#[derive(Debug)]
pub struct CopyProbe<'a, T>(pub &'a T);

/// The first answer: by `Clone`.
pub trait ProbeCopy<T> {
    /// The copy.
    fn copied(&self) -> Option<T>;
}

impl<T: Clone> ProbeCopy<T> for &CopyProbe<'_, T> {
    fn copied(&self) -> Option<T> {
        Some(self.0.clone())
    }
}

/// The last answer: no. Then the hit is not verified.
pub trait ProbeNoCopy<T> {
    /// No copy.
    fn copied(&self) -> Option<T>;
}

impl<T> ProbeNoCopy<T> for CopyProbe<'_, T> {
    fn copied(&self) -> Option<T> {
        None
    }
}
