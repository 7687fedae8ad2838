//! Extractors of axum as guards.

use std::convert::Infallible;

use ::axum::extract::{FromRequestParts, State};

use crate::http::arguments::guards::{AdmitsAll, GuardProbe};

impl<S> GuardProbe<State<S>> {
    /// The state is always there.
    pub fn verdict(&self) -> AdmitsAll {
        AdmitsAll
    }
}

/// An extractor with no rejection to give.
pub trait GuardProbeInfallible {
    /// It admits all.
    fn verdict(&self) -> AdmitsAll;
}

impl<T: FromRequestParts<(), Rejection = Infallible>> GuardProbeInfallible for &GuardProbe<T> {
    fn verdict(&self) -> AdmitsAll {
        AdmitsAll
    }
}

/// The verdict about the type of a `PhantomData`.
#[doc(hidden)]
#[macro_export]
macro_rules! __axum_guard_verdict {
    ($type:expr) => {{
        #[allow(unused_imports)]
        use $crate::__private::axum::{GuardProbeFallible as _, GuardProbeInfallible as _};
        (&&$crate::__private::axum::GuardProbe::of($type)).verdict()
    }};
}
