//! The parameters of a path, as axum matched them.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use ::axum::Router;
use ::axum::body::Body;
use ::axum::extract::rejection::PathRejection;
use ::axum::extract::{FromRequestParts, Path, Request};
use ::axum::response::Response;
use ::axum::routing::get;
use ::http::request::Parts;
use ::http::{Extensions, Uri};
use tower_service::Service;

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

/// Extensions with these parameters, as a router puts them there: axum has no other way to make them. `None` where no path has such
/// parameters.
pub(super) async fn matched(parameters: &[(&str, &str)]) -> Option<Extensions> {
    let (mut route, mut path) = (String::new(), String::new());
    for (name, value) in parameters {
        if name.is_empty() || value.is_empty() || name.contains(['/', '{', '}', '*', ':']) {
            return None;
        }
        route.extend(["/{", name, "}"]);
        path.push('/');
        for byte in value.bytes() {
            path.push('%');
            path.extend([byte >> 4, byte & 15].map(|half| char::from(DIGITS[usize::from(half)])));
        }
    }
    if parameters.is_empty() {
        (route, path) = ("/".to_owned(), "/".to_owned());
    }
    let shown = async |request: Request| {
        let mut answer = Response::new(Body::empty());
        *answer.extensions_mut() = request.into_parts().0.extensions;
        answer
    };
    let mut router: Router = Router::new().route(&route, get(shown));
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = Uri::try_from(path).ok()?;
    let Ok(answer) = router.call(request).await;
    answer
        .status()
        .is_success()
        .then(|| answer.into_parts().0.extensions)
}

/// The digits of a byte in a path.
const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
