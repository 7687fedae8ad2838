//! The parameters of a path, as axum matched them.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use ::axum::extract::rejection::PathRejection;
use ::axum::extract::{FromRequestParts, Path};
use ::http::request::Parts;

use crate::http::key::parameters::Parameters;
use crate::http::refusal::Bypass;

/// The parameters of the request's path.
///
/// # Errors
///
/// If one of them is not UTF-8: a handler that reads them answers for itself, and what it answers is not keyed.
pub(super) fn of(parts: &mut Parts) -> Result<Parameters, Bypass> {
    // axum keeps them where only its extractors reach. This one waits for nothing.
    let extraction = pin!(Path::<Parameters>::from_request_parts(parts, &()));
    match extraction.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(Path(parameters))) => Ok(parameters),
        Poll::Ready(Err(PathRejection::MissingPathParams(_))) => Ok(Parameters::unknown()),
        Poll::Ready(Err(_)) | Poll::Pending => Err(Bypass::Target),
    }
}
