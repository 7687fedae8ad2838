//! Copies of what a body borrows, for a load that outlives the call.

use std::borrow::Borrow;
use std::marker::PhantomData;

/// What the body borrows, and a load that outlives the call has a copy of.
#[diagnostic::on_unimplemented(
    message = "the body runs behind the call, and needs a copy of this argument: `{Self}` is not `Clone`; derive it, or take the argument in an `Arc`",
    label = "cannot be copied"
)]
pub trait BehindArgument {
    /// The copy.
    type Owned: Borrow<Self>;

    /// Makes the copy.
    fn copied(&self) -> Self::Owned;
}

#[diagnostic::do_not_recommend]
impl<T: Clone> BehindArgument for T {
    type Owned = T;

    fn copied(&self) -> T {
        self.clone()
    }
}

/// Types that have no size, and their owned forms.
macro_rules! copied {
    ($([$($generics:tt)*] $type:ty => $owned:ty,)*) => {$(
        impl<$($generics)*> BehindArgument for $type {
            type Owned = $owned;

            fn copied(&self) -> $owned {
                self.to_owned()
            }
        }
    )*};
}

copied! {
    [] str => String,
    [T: Clone] [T] => Vec<T>,
    [] std::path::Path => std::path::PathBuf,
    [] std::ffi::OsStr => std::ffi::OsString,
    [] std::ffi::CStr => std::ffi::CString,
}

/// An owned copy of an argument that the body borrows.
#[derive(Debug)]
pub struct OwnedArgument<T: ?Sized, C> {
    copy: C,
    of: PhantomData<fn(&T)>,
}

/// The copy of an argument that the body borrows.
pub fn owned<T: BehindArgument + ?Sized>(borrowed: &T) -> OwnedArgument<T, T::Owned> {
    OwnedArgument {
        copy: borrowed.copied(),
        of: PhantomData,
    }
}

impl<T: ?Sized, C: Borrow<T>> OwnedArgument<T, C> {
    /// What the body borrows.
    pub fn get(&self) -> &T {
        self.copy.borrow()
    }
}
