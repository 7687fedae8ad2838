//! The kept part of a return value, which is found by its type.
//!
//! A macro only sees tokens, and a `Result` can be written in many ways: `io::Result<T>`, an alias, a projection. So the compiler
//! must find it: `Probe::<Ret>` has one method at three depths of reference, and method look-up takes the first that applies.

pub use self::equals::{EqualsProbe, ProbeBytes, ProbeEq, ProbeUnknown};
pub use self::errors::{ProbeKeepsErrors, ProbeNoErrors, ProbeRefusesErrors, keeps_errors};
pub use self::kept::{KeptProbe, ProbeCloned, ProbeCopied};
pub use self::pointers::ProbePointer;
pub use self::words::ProbeWord;

mod equals;
mod errors;
mod kept;
mod pointers;
mod words;

use std::any::Any;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::entry::{OutOfTable, Placing, ValueCopier};
use crate::near::SharedError;
use crate::value::{LocalValue, SharedValue};

/// How a return type is kept. The probes below return its implementations, one type for each kind.
pub trait Outcome: Copy {
    /// What the function returns.
    type Ret;
    /// Where its values lie.
    type Placing: Placing;
    /// The kept part of it.
    type Kept;

    /// The part to keep; `None` for an error.
    fn kept(ret: &Self::Ret) -> Option<&Self::Kept>;

    /// Whether the kept part is copied without running code that is not ours.
    const COPIES: bool = false;

    /// A copy of the kept part, if [`COPIES`](Outcome::COPIES) holds.
    #[inline]
    fn copy(kept: &Self::Kept) -> Option<Self::Kept> {
        let _ = kept;
        None
    }

    /// [`copy`](Outcome::copy), if it copies.
    const COPIER: Option<ValueCopier<Self::Kept>> =
        if Self::COPIES { Some(Self::copy) } else { None };

    /// Whether the kept part is a machine word.
    const IS_WORD: bool = false;

    /// The kept part as a word, if [`IS_WORD`](Outcome::IS_WORD) holds.
    #[inline]
    fn to_word(kept: &Self::Kept) -> u64 {
        let _ = kept;
        0
    }

    /// The kept part that gave this word, if [`IS_WORD`](Outcome::IS_WORD) holds.
    #[inline]
    fn of_word(word: u64) -> Option<Self::Kept> {
        let _ = word;
        None
    }

    /// The return value, from the kept part.
    fn whole(kept: Self::Kept) -> Self::Ret;

    /// Whether the kept part is an error.
    fn is_error(kept: &Self::Kept) -> bool {
        let _ = kept;
        false
    }

    /// Whether an error can be shared by the callers that wait for a load.
    const SHARES: bool = false;

    /// An error in the form that waiting callers share, if [`SHARES`](Outcome::SHARES) holds.
    fn share(ret: &Self::Ret) -> Option<SharedError> {
        let _ = ret;
        None
    }

    /// The return value, from a shared error.
    fn unshare(error: &SharedError) -> Option<Self::Ret> {
        let _ = error;
        None
    }
}

/// An outcome whose kept part a function can keep for itself.
pub trait LocalOutcome: Outcome<Kept = Self::Local> {
    /// The kept part.
    type Local: LocalValue;
}

impl<O: Outcome<Kept: LocalValue>> LocalOutcome for O {
    type Local = O::Kept;
}

/// An outcome whose kept part can go to a shared cache.
pub trait SharedOutcome: Outcome<Kept = Self::Shared> {
    /// The kept part.
    type Shared: SharedValue;
}

impl<O: Outcome<Kept: SharedValue>> SharedOutcome for O {
    type Shared = O::Kept;
}

/// A probe of the type `R`.
#[derive(Debug)]
pub struct Probe<R>(PhantomData<fn() -> R>);

impl<R> Probe<R> {
    /// Returns the probe.
    #[inline]
    #[expect(clippy::new_without_default, reason = "made by macros alone")]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

/// One kind of outcome: a name for the type, an empty value.
macro_rules! kind {
    ($(#[$doc:meta])* $name:ident<$($param:ident),*>) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name<$($param),*>(PhantomData<fn() -> ($($param,)*)>);

        impl<$($param),*> Clone for $name<$($param),*> {
            #[inline]
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<$($param),*> Copy for $name<$($param),*> {}
    };
}

use kind;

kind!(
    /// Anything: all of it is kept.
    Plain<R>
);
kind!(
    /// A `Result` whose error cannot be cloned.
    Fallible<T, E>
);
kind!(
    /// A `Result` whose error can be cloned for waiting callers.
    FallibleShared<T, E>
);
kind!(
    /// A `Result` whose errors are kept as well.
    WithErrors<T, E>
);

impl<R> Outcome for Plain<R> {
    type Placing = OutOfTable;
    type Ret = R;
    type Kept = R;

    #[inline]
    fn kept(ret: &R) -> Option<&R> {
        Some(ret)
    }

    #[inline]
    fn whole(kept: R) -> R {
        kept
    }
}

impl<T, E> Outcome for Fallible<T, E> {
    type Placing = OutOfTable;
    type Ret = Result<T, E>;
    type Kept = T;

    fn kept(ret: &Result<T, E>) -> Option<&T> {
        ret.as_ref().ok()
    }

    #[inline]
    fn whole(kept: T) -> Result<T, E> {
        Ok(kept)
    }
}

impl<T, E: Clone + Any + Send + Sync> Outcome for FallibleShared<T, E> {
    type Placing = OutOfTable;
    type Ret = Result<T, E>;
    type Kept = T;

    const SHARES: bool = true;

    fn kept(ret: &Result<T, E>) -> Option<&T> {
        ret.as_ref().ok()
    }

    #[inline]
    fn whole(kept: T) -> Result<T, E> {
        Ok(kept)
    }

    fn share(ret: &Result<T, E>) -> Option<SharedError> {
        ret.as_ref()
            .err()
            .map(|error| Arc::new(error.clone()) as SharedError)
    }

    fn unshare(error: &SharedError) -> Option<Result<T, E>> {
        error.downcast_ref::<E>().map(|error| Err(error.clone()))
    }
}

impl<T, E> Outcome for WithErrors<T, E> {
    type Placing = OutOfTable;
    type Ret = Result<T, E>;
    type Kept = Result<T, E>;

    fn kept(ret: &Result<T, E>) -> Option<&Result<T, E>> {
        Some(ret)
    }

    #[inline]
    fn whole(kept: Result<T, E>) -> Result<T, E> {
        kept
    }

    fn is_error(kept: &Result<T, E>) -> bool {
        kept.is_err()
    }
}

/// The last answer: a plain value.
pub trait ProbePlain<R> {
    /// The kind of outcome.
    #[inline]
    fn outcome(&self) -> Plain<R> {
        Plain(PhantomData)
    }
}

impl<R> ProbePlain<R> for Probe<R> {}

/// The second answer: a `Result`.
pub trait ProbeFallible<T, E> {
    /// The kind of outcome.
    #[inline]
    fn outcome(&self) -> Fallible<T, E> {
        Fallible(PhantomData)
    }
}

impl<T, E> ProbeFallible<T, E> for &Probe<Result<T, E>> {}

/// The first answer: a `Result` whose error can be shared.
pub trait ProbeShared<T, E> {
    /// The kind of outcome.
    #[inline]
    fn outcome(&self) -> FallibleShared<T, E> {
        FallibleShared(PhantomData)
    }
}

impl<T, E: Clone + Any + Send + Sync> ProbeShared<T, E> for &&Probe<Result<T, E>> {}

#[cfg(test)]
mod tests {
    use super::*;

    /// The name of the kind that the probe finds for a type.
    macro_rules! kind_of {
        ($type:ty) => {{
            #[allow(unused_imports)]
            use super::{ProbeFallible as _, ProbePlain as _, ProbeShared as _};
            std::any::type_name_of_val(&(&&&Probe::<$type>::new()).outcome())
                .split('<')
                .next()
                .unwrap()
                .to_owned()
        }};
    }

    type Alias<T> = std::result::Result<T, String>;
    struct NotClone;

    fn generic<E>() -> String {
        kind_of!(Result<u8, E>)
    }

    #[test]
    fn results_are_found_by_type() {
        assert!(kind_of!(u64).ends_with("::Plain"));
        assert!(kind_of!(Option<u64>).ends_with("::Plain"));
        assert!(kind_of!(Alias<u64>).ends_with("::FallibleShared"));
        assert!(kind_of!(std::io::Result<u64>).ends_with("::Fallible"));
        assert!(kind_of!(Result<u64, NotClone>).ends_with("::Fallible"));
        assert!(
            generic::<String>().ends_with("::Fallible"),
            "nothing is known of E inside a generic function"
        );
    }
}
