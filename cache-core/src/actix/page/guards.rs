//! Extractors of actix-web as guards.

use std::convert::Infallible;

use actix_web::FromRequest;
use actix_web::web::{Data, ThinData};

use crate::http::arguments::guards::{AdmitsAll, GuardProbe};

impl<T: ?Sized> GuardProbe<Data<T>> {
    /// It is the app's, whoever asks.
    pub fn verdict(&self) -> AdmitsAll {
        AdmitsAll
    }
}

impl<T> GuardProbe<ThinData<T>> {
    /// It is the app's, whoever asks.
    pub fn verdict(&self) -> AdmitsAll {
        AdmitsAll
    }
}

/// An extractor with no error to give.
pub trait GuardProbeErrorless {
    /// It admits all.
    fn verdict(&self) -> AdmitsAll;
}

impl<T: FromRequest<Error = Infallible>> GuardProbeErrorless for &GuardProbe<T> {
    fn verdict(&self) -> AdmitsAll {
        AdmitsAll
    }
}

/// The verdict about the type of a `PhantomData`.
#[doc(hidden)]
#[macro_export]
macro_rules! __actix_guard_verdict {
    ($type:expr) => {{
        #[allow(unused_imports)]
        use $crate::__private::actix::{GuardProbeErrorless as _, GuardProbeFallible as _};
        (&&$crate::__private::actix::GuardProbe::of($type)).verdict()
    }};
}
