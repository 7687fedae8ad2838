//! Values that are pointers to what is shared: to copy one counts up, and runs no code that is not ours.

use std::marker::PhantomData;
use std::sync::Arc;

use super::kept::{KeptProbe, copying};
use super::{Outcome, kind};
use crate::entry::InTable;
use crate::near::SharedError;

/// A pointer to a value that is shared.
pub trait Pointer: Clone + 'static {}

impl<T: ?Sized + 'static> Pointer for Arc<T> {}

impl<P: Pointer> Pointer for Option<P> {}

impl Pointer for bytes::Bytes {}

copying! {
    /// An outcome whose kept part is a pointer.
    Pointers of Pointer, by Clone::clone, {}
}

/// One more answer to what the kept part is: a pointer.
pub trait ProbePointer<O> {
    /// The outcome of pointers.
    #[inline]
    fn settled(&self) -> Pointers<O> {
        Pointers(PhantomData)
    }
}

impl<O: Outcome<Kept: Pointer>> ProbePointer<O> for &&&KeptProbe<O> {}
