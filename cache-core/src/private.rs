//! The items that generated code uses, and nothing else. They are not part of the public contract: the macros depend on exactly
//! this version of the crate.

pub use crate::error::FromTimedOut;
pub use crate::function::*;
pub use crate::invalidation::{Changing, InChange, Invalidation};
pub use crate::key::{CacheKey, Key, KeyWriter, Tag};
pub use crate::outcome::{
    EqualsProbe, KeptProbe, LocalOutcome, Outcome, Probe, ProbeBytes, ProbeCloned, ProbeCopied,
    ProbeEq, ProbeFallible, ProbeKeepsErrors, ProbeNoErrors, ProbePlain, ProbePointer,
    ProbeRefusesErrors, ProbeShared, ProbeUnknown, ProbeWord, SharedOutcome, keeps_errors,
};
pub use crate::policy::{Keep, Staleness};
pub use crate::site::{Instance, Kind, Named, Pattern, Registered, Site, SiteInfo};
pub use crate::stats::Stats;
pub use crate::ttl::{time, units};
pub use crate::value::{LocalValue, SharedValue};
pub use crate::verify::WantedHits;
pub use crate::{
    __compared as compared, __copied as copied, __equals as equals, __kept as kept,
    __outcome as outcome, __with_errors as with_errors,
};
pub use canonical::Canonical;
pub use inventory;
pub use std::any::type_name;

#[path = "private/canonical.rs"]
mod canonical;

/// Whether the name of a handle leads to the handle.
#[path = "private/handle.rs"]
pub mod handle;

/// The items for a page of any framework.
#[cfg(feature = "http")]
pub mod page {
    pub use crate::__page_personal as personal;
    pub use crate::http::answer::HandlerAnswer;
    pub use crate::http::answer::told::CacheControl;
    pub use crate::http::arguments::complete;
    pub use crate::http::arguments::inputs::GuardIsNotAnInput;
    pub use crate::http::arguments::reads::{Reads, ReadsNothing, varies_on};
    pub use crate::http::choice::HeaderChoice;
    pub use crate::http::conditional::{ConditionalRequest, KnownState};
    pub use crate::http::lookup::{KeyedType, KeyedTypePersonal, PageLookup};
    pub use crate::http::page::{Page, invalidate_path, tags};
    pub use crate::http::rules::{PageOptions, PageVerify};
}

/// The items for a page of axum.
#[cfg(feature = "axum")]
pub mod axum {
    pub use crate::__axum_guard_verdict as guard_verdict;
    pub use crate::axum::conditional::{conditional, page_validators};
    pub use crate::axum::deferred::Deferred;
    pub use crate::axum::guards::GuardProbeInfallible;
    pub use crate::axum::outcome::{Returned, ReturnedPlain};
    pub use crate::axum::plain::{cache_control, extracted, never_cache, told, vary};
    pub use crate::axum::serve::{serve, serve_or_behind, serve_warm};
    pub use crate::http::arguments::complete;
    pub use crate::http::arguments::guards::{AdmitsAll, GuardProbe, GuardProbeFallible, guards};
    pub use crate::http::arguments::lists::{GuardArgument, Keyed, KeyedLast, Nil, Real, RealLast};
    pub use ::axum::response::Response;
}

/// The items for a page of actix-web.
#[cfg(feature = "actix")]
pub mod actix {
    pub use crate::__actix_guard_verdict as guard_verdict;
    pub use crate::actix::page::conditional::{conditional, page_validators};
    pub use crate::actix::page::deferred::Deferred;
    pub use crate::actix::page::guards::GuardProbeErrorless;
    pub use crate::actix::page::outcome::{
        AnsweredRequest, ReturnedResponder as ReturnedPlain, ReturnedValue as Returned, answer,
    };
    pub use crate::actix::page::plain::{cache_control, extracted, never_cache, told, vary};
    pub use crate::actix::page::serve::{serve, serve_or_behind};
    pub use crate::http::arguments::complete;
    pub use crate::http::arguments::guards::{AdmitsAll, GuardProbe, GuardProbeFallible, guards};
    pub use crate::http::arguments::lists::{GuardArgument, Keyed, KeyedLast, Nil, Real, RealLast};
    pub use actix_web::HttpResponse as Response;
}

use crate::error::{Invalidated, TimedOut};
use crate::why::CallSite;

/// Removes all entries of a site.
#[track_caller]
pub fn clear(site: &'static Site) -> Invalidated {
    crate::wait::block_on(site.clear(CallSite::here()))
}

/// [`clear`], awaited.
pub async fn clear_async(site: &'static Site) -> Invalidated {
    site.clear(CallSite::default()).await
}

/// Sends the invalidations of a call: to the cache that its site names, or to every installed one. If a store fails, it is
/// counted there, and the store is told later.
pub fn invalidates(site: &'static Site, stale: Invalidation) {
    crate::wait::block_on(invalidates_async(site, stale));
}

/// [`invalidates`], awaited.
pub async fn invalidates_async(site: &'static Site, mut stale: Invalidation) {
    stale.from = site.call_site();
    let reached = match site.info().cache {
        Some(_) => site.cache().invalidate(&stale).await,
        None => crate::caches::invalidate(&stale).await,
    };
    drop(reached);
}

/// A probe for the type of a value.
#[inline]
pub fn probe<R>(_: &R) -> Probe<R> {
    Probe::new()
}

/// The part of a returned value that would be kept; `None` for an error.
#[inline]
pub fn kept<O: Outcome>(_: O, ret: &O::Ret) -> Option<&O::Kept> {
    O::kept(ret)
}

/// What a function returns whose caller has given up waiting.
pub fn timed_out<R: FromTimedOut>(timed_out: TimedOut) -> R {
    R::from_timed_out(timed_out)
}

/// The key that `with` makes of a field.
pub fn key_of<'v, T: ?Sized, R>(value: &'v T, with: impl FnOnce(&'v T) -> R) -> R {
    with(value)
}

/// Whether a hit of this site is verified: all of them in tests that ask for it, else this part of them.
pub fn verifies(site: &'static Site, sample: Option<f64>) -> Option<WantedHits> {
    crate::verify::wanted(site, sample)
}

/// Counts a call that did not ask the cache.
pub fn bypassed(site: &'static Site) {
    site.counters.bypassed();
}

/// The statistics of a site.
pub fn stats(site: &'static Site) -> Stats {
    site.stats()
}

/// The kind of outcome of a return type whose errors are kept.
#[doc(hidden)]
#[macro_export]
macro_rules! __with_errors {
    ($type:ty) => {{
        #[allow(unused_imports)]
        use $crate::__private::{
            ProbeKeepsErrors as _, ProbeNoErrors as _, ProbeRefusesErrors as _,
        };
        (&&&$crate::__private::Probe::<$type>::new()).with_errors()
    }};
}

/// The kind of outcome of a return type.
#[doc(hidden)]
#[macro_export]
macro_rules! __outcome {
    ($type:ty) => {{
        #[allow(unused_imports)]
        use $crate::__private::{
            ProbeCloned as _, ProbeCopied as _, ProbeFallible as _, ProbePlain as _,
            ProbePointer as _, ProbeShared as _, ProbeWord as _,
        };
        let outcome = (&&&$crate::__private::Probe::<$type>::new()).outcome();
        (&&&&$crate::__private::KeptProbe(outcome)).settled()
    }};
}

/// The part of a returned value that would be kept, for a value that may borrow; `None` for an error.
#[doc(hidden)]
#[macro_export]
macro_rules! __kept {
    ($ret:expr) => {{
        #[allow(unused_imports)]
        use $crate::__private::{ProbeFallible as _, ProbePlain as _};
        $crate::__private::kept((&&$crate::__private::probe($ret)).outcome(), $ret)
    }};
}

/// How the kept parts of an outcome are compared.
#[doc(hidden)]
#[macro_export]
macro_rules! __equals {
    ($outcome:expr) => {{
        #[allow(unused_imports)]
        use $crate::__private::{ProbeBytes as _, ProbeEq as _, ProbeUnknown as _};
        (&&&$crate::__private::EqualsProbe($outcome)).equals()
    }};
}

/// How the kept parts of an outcome are compared and shown, for hits that are verified.
#[doc(hidden)]
#[macro_export]
macro_rules! __compared {
    ($outcome:expr) => {{
        #[allow(unused_imports)]
        use $crate::__private::{
            ProbeBytes as _, ProbeDebug as _, ProbeEq as _, ProbeHidden as _, ProbeUnknown as _,
        };
        let outcome = $outcome;
        $crate::__private::Compared {
            equals: (&&&$crate::__private::EqualsProbe(outcome)).known(),
            shown: (&&$crate::__private::ShownProbe(outcome)).shown(),
        }
    }};
}

/// A copy of an argument, if it can be copied.
#[doc(hidden)]
#[macro_export]
macro_rules! __copied {
    ($argument:expr) => {{
        #[allow(unused_imports)]
        use $crate::__private::{ProbeCopy as _, ProbeNoCopy as _};
        (&&$crate::__private::CopyProbe(&$argument)).copied()
    }};
}
