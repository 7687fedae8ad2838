//! Values that are `Copy`, and those of which that is not known.

use std::marker::PhantomData;

use super::{Outcome, kind};
use crate::entry::InTable;
use crate::near::SharedError;

/// An outcome that differs from another in how its kept part is copied.
macro_rules! copying {
    ($(#[$doc:meta])* $name:ident of $kept:path, by $copy:expr, { $($more:item)* }) => {
        kind!($(#[$doc])* $name<O>);

        impl<O: Outcome<Kept: $kept>> Outcome for $name<O> {
            type Placing = InTable;
            type Ret = O::Ret;
            type Kept = O::Kept;

            const COPIES: bool = true;
            const SHARES: bool = O::SHARES;

            #[inline]
            fn copy(kept: &O::Kept) -> Option<O::Kept> {
                Some($copy(kept))
            }

            fn kept(ret: &O::Ret) -> Option<&O::Kept> {
                O::kept(ret)
            }

            #[inline]
            fn whole(kept: O::Kept) -> O::Ret {
                O::whole(kept)
            }

            fn is_error(kept: &O::Kept) -> bool {
                O::is_error(kept)
            }

            fn share(ret: &O::Ret) -> Option<SharedError> {
                O::share(ret)
            }

            fn unshare(error: &SharedError) -> Option<O::Ret> {
                O::unshare(error)
            }

            $($more)*
        }
    };
}

pub(super) use copying;

copying! {
    /// An outcome whose kept part is `Copy`.
    Copied of Copy, by |kept: &O::Kept| *kept, {}
}

/// A probe of an outcome: is its kept part `Copy`?
#[derive(Debug)]
pub struct KeptProbe<O>(pub O);

/// The second answer: it is.
pub trait ProbeCopied<O> {
    /// The outcome that copies.
    #[inline]
    fn settled(&self) -> Copied<O> {
        Copied(PhantomData)
    }
}

impl<O: Outcome<Kept: Copy>> ProbeCopied<O> for &KeptProbe<O> {}

/// The last answer: it is not, or that is not known.
pub trait ProbeCloned<O> {
    /// The outcome as it is.
    fn settled(&self) -> O;
}

impl<O: Outcome> ProbeCloned<O> for KeptProbe<O> {
    #[inline]
    fn settled(&self) -> O {
        self.0
    }
}
