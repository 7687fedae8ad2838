//! A request as routers have passed it on to the layer. What they have read in its target, handlers below can read too.

use http::request::Parts;
use http::{Extensions, Uri, Version};
use http_body::Body;

use crate::http::key::parameters::Parameters;
use crate::http::request::{RequestHeaders, RequestView};
#[cfg(feature = "axum")]
use {
    crate::http::refusal::Bypass,
    ::axum::extract::rejection::PathRejection,
    ::axum::extract::{FromRequestParts, MatchedPath, NestedPath, OriginalUri, Path},
    std::pin::pin,
    std::task::{Context, Poll, Waker},
};

/// What a key may hold of a request.
pub(super) fn view<'a>(parts: &'a Parts, body: &impl Body) -> RequestView<'a> {
    let (route, nested) = routes(&parts.extensions);
    RequestView {
        method: &parts.method,
        uri: &parts.uri,
        original: original(&parts.extensions, &parts.uri),
        route,
        nested,
        headers: RequestHeaders::of(&parts.headers),
        has_body: has_body(parts.version, body),
    }
}

/// Whether the body of a request may hold anything. In HTTP/1 the headers say so, and a size that is unknown does not.
fn has_body(version: Version, body: &impl Body) -> bool {
    let hint = body.size_hint();
    let may_follow = version >= Version::HTTP_2 && !body.is_end_stream();
    hint.upper()
        .map_or(hint.lower() > 0 || may_follow, |most| most > 0)
}

/// The target as the client wrote it, before a router took a prefix away and left `uri`.
#[cfg(feature = "axum")]
pub(super) fn original<'a>(extensions: &'a Extensions, uri: &'a Uri) -> &'a Uri {
    let original = extensions.get::<OriginalUri>();
    original.map_or(uri, |original| &original.0)
}

/// The target as the client wrote it.
#[cfg(not(feature = "axum"))]
pub(super) fn original<'a>(_: &'a Extensions, uri: &'a Uri) -> &'a Uri {
    uri
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

/// The parameters of the path that axum has matched. Where one of them is not UTF-8, nobody reads any.
#[cfg(feature = "axum")]
pub(super) fn parameters(parts: &mut Parts) -> Parameters {
    parameters_of(parts).unwrap_or_else(|_| Parameters::unknown())
}

#[cfg(not(feature = "axum"))]
pub(super) fn parameters(_: &mut Parts) -> Parameters {
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
