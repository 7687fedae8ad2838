//! A request as routers have passed it on to the layer. What they have read in its target, handlers below can read too.

use http::{Extensions, Request, Uri, Version};
use http_body::Body;

use crate::http::key::parameters::Parameters;
use crate::http::request::{RequestHeaders, RequestView};
#[cfg(feature = "axum")]
use {
    crate::http::refusal::Bypass,
    ::axum::extract::rejection::PathRejection,
    ::axum::extract::{FromRequestParts, MatchedPath, NestedPath, OriginalUri, Path},
    http::request::Parts,
    std::mem::swap,
    std::pin::pin,
    std::task::{Context, Poll, Waker},
};

/// What a key may hold of a request.
pub(super) fn view<B: Body>(request: &Request<B>) -> RequestView<'_> {
    let (route, nested) = routes(request.extensions());
    RequestView {
        method: request.method(),
        uri: request.uri(),
        original: original(request),
        route,
        nested,
        headers: RequestHeaders::of(request.headers()),
        has_body: has_body(request),
    }
}

/// Whether the body of a request may hold anything. In HTTP/1 the headers say so, and a size that is unknown does not.
fn has_body<B: Body>(request: &Request<B>) -> bool {
    let hint = request.body().size_hint();
    let may_follow = request.version() >= Version::HTTP_2 && !request.body().is_end_stream();
    hint.upper()
        .map_or(hint.lower() > 0 || may_follow, |most| most > 0)
}

/// The target as the client wrote it, before a router took a prefix away.
#[cfg(feature = "axum")]
pub(super) fn original<B>(request: &Request<B>) -> &Uri {
    let original = request.extensions().get::<OriginalUri>();
    original.map_or(request.uri(), |original| &original.0)
}

/// The target as the client wrote it.
#[cfg(not(feature = "axum"))]
pub(super) fn original<B>(request: &Request<B>) -> &Uri {
    request.uri()
}

/// The route that matched, and where its router is nested.
#[cfg(feature = "axum")]
fn routes(extensions: &Extensions) -> (Option<&str>, Option<&str>) {
    let route = extensions.get().map(MatchedPath::as_str);
    (route, extensions.get().map(NestedPath::as_str))
}

#[cfg(not(feature = "axum"))]
fn routes(_: &Extensions) -> (Option<&str>, Option<&str>) {
    (None, None)
}

/// What routers have read of the request's path, as the adapter of another framework than axum found it.
#[cfg(feature = "actix")]
#[derive(Clone, Debug)]
pub(crate) struct RoutedParameters(pub(crate) Parameters);

/// The parameters of the request's path.
pub(super) fn parameters(extensions: &mut Extensions) -> Parameters {
    #[cfg(feature = "actix")]
    if let Some(RoutedParameters(parameters)) = extensions.remove() {
        return parameters;
    }
    parameters_of_axum(extensions)
}

/// The parameters of the path that axum has matched. Where one of them is not UTF-8, nobody reads any.
#[cfg(feature = "axum")]
fn parameters_of_axum(extensions: &mut Extensions) -> Parameters {
    let (mut parts, ()) = Request::new(()).into_parts();
    swap(&mut parts.extensions, extensions);
    let parameters = parameters_of(&mut parts);
    swap(&mut parts.extensions, extensions);
    parameters.unwrap_or_else(|_| Parameters::unknown())
}

#[cfg(not(feature = "axum"))]
fn parameters_of_axum(_: &mut Extensions) -> Parameters {
    Parameters::unknown()
}

/// The parameters of the request's path.
///
/// # Errors
///
/// If one of them is not UTF-8: a handler that reads them answers for itself, and what it answers is not keyed.
#[cfg(feature = "axum")]
pub(crate) fn parameters_of(parts: &mut Parts) -> Result<Parameters, Bypass> {
    // axum keeps them where only its extractors reach. This one waits for nothing.
    let extraction = pin!(Path::<Parameters>::from_request_parts(parts, &()));
    match extraction.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(Path(parameters))) => Ok(parameters),
        Poll::Ready(Err(PathRejection::MissingPathParams(_))) => Ok(Parameters::unknown()),
        Poll::Ready(Err(_)) | Poll::Pending => Err(Bypass::Target),
    }
}
