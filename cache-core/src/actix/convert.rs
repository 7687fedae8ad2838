//! Requests and responses of actix-web, which has the types of the crate `http` 0.2, as those of 1, and back.

use std::cell::Cell;
use std::rc::Rc;

use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::{ConnectionInfo, RequestHead, ServiceRequest};
use actix_web::error::ErrorInternalServerError;
use actix_web::http::header::HeaderMap as ActixHeaders;
use actix_web::http::{Method as ActixMethod, StatusCode as ActixStatus, Version as ActixVersion};
use actix_web::http::{header as actix_header, uri as actix_uri};
use actix_web::{Error, HttpMessage, HttpResponse};
use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri, Version,
};
use http_body::Body as _;
use http_body_util::Empty;
use send_wrapper::SendWrapper;

use super::body::{AppBody, CachedAppBody};
use super::fields::{FieldList, SentFields};
use crate::http::body::AnswerBody;
use crate::http::key::parameters::Parameters;
use crate::http::ready::ReadyAnswer;
use crate::http::stored::joined;

/// The cache does not see the body of a request: where there is one, its headers announce it.
pub(super) type NoBody = Empty<Bytes>;

/// The app's response without its headers and its body: its extensions, and whether it switches to another protocol.
#[derive(Clone)]
struct OwnResponse(SendWrapper<Rc<Cell<Option<HttpResponse<()>>>>>);

/// A request as the cache sees it; `None` if the cache could not read it.
pub(super) fn request_of(real: &ServiceRequest) -> Option<Request<NoBody>> {
    let mut request = Request::new(NoBody::new());
    *request.method_mut() = method_of(real.method())?;
    *request.uri_mut() = uri_of(real.uri())?;
    *request.version_mut() = version_of(real.version());
    *request.headers_mut() = headers_of(real.headers())?;
    Some(request)
}

/// What routers have read of the path. A middleware may have changed it for them, and not the target of the request.
pub(super) fn routed(real: &ServiceRequest) -> Parameters {
    let path = real.match_info();
    let is_as_it_came = path.is_empty() && path.as_str() == real.uri().path();
    if is_as_it_came {
        return Parameters::unknown();
    }
    let whole = [("", path.as_str())].into_iter();
    Parameters::of(whole.chain(path.iter()))
}

pub(super) fn method_of(real: &ActixMethod) -> Option<Method> {
    Method::from_bytes(real.as_str().as_bytes()).ok()
}

pub(super) fn uri_of(uri: &actix_uri::Uri) -> Option<Uri> {
    match uri.path_and_query() {
        Some(target) if uri.authority().is_none() => target.as_str().parse().ok(),
        _ => uri.to_string().parse().ok(),
    }
}

fn version_of(version: ActixVersion) -> Version {
    match version {
        ActixVersion::HTTP_09 => Version::HTTP_09,
        ActixVersion::HTTP_10 => Version::HTTP_10,
        ActixVersion::HTTP_2 => Version::HTTP_2,
        ActixVersion::HTTP_3 => Version::HTTP_3,
        _ => Version::HTTP_11,
    }
}

pub(super) fn headers_of(real: &ActixHeaders) -> Option<HeaderMap> {
    // More than a map holds come by HTTP/2 alone.
    let mut headers = HeaderMap::try_with_capacity(real.len()).ok()?;
    // All values in one buffer: memory for each would be a good part of a hit.
    let length = real.iter().map(|(_, value)| value.len()).sum();
    let mut values = joined(length, real.iter().map(|(_, value)| value.as_bytes()));
    for (name, value) in real {
        let name = HeaderName::from_bytes(name.as_str().as_bytes()).ok()?;
        let value = HeaderValue::from_maybe_shared(values.split_to(value.len())).ok()?;
        headers.try_append(name, value).ok()?;
    }
    Some(headers)
}

/// The error about a head that one of the two crates cannot hold.
pub(super) fn unreadable() -> Error {
    ErrorInternalServerError("the head of a message cannot be read")
}

/// Whether the body of a request is dropped, because no header announces it and no key holds it. By HTTP/1 there is none then.
pub(super) fn is_without_body(real: &RequestHead) -> bool {
    matches!(real.method, ActixMethod::GET | ActixMethod::HEAD)
        && real.version >= ActixVersion::HTTP_2
        && !real.headers().contains_key(actix_header::CONTENT_LENGTH)
}

/// Whether a request was changed before it was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Applied {
    Unchanged,
    Changed,
}

/// Makes a request of a client the one that the cache sends; `None` if that is none for actix-web. A request that is sent as it came stays
/// as it is.
pub(super) fn apply(real: &mut ServiceRequest, request: &Request<NoBody>) -> Option<Applied> {
    let is_same = request_of(real).is_some_and(|came| {
        let [came, request] = [&came, request].map(|one| (one.method(), one.uri(), one.headers()));
        came == request
    });
    if is_same {
        return Some(Applied::Unchanged);
    }
    let method = ActixMethod::from_bytes(request.method().as_str().as_bytes()).ok()?;
    let uri: actix_uri::Uri = request.uri().to_string().parse().ok()?;
    // It was read from fields that the app may not see.
    real.extensions_mut().remove::<ConnectionInfo>();
    let head = real.head_mut();
    head.method = method;
    set_headers(&mut head.headers, request.headers())?;
    // Its path is the one that it had, and the app reads on where a scope has stopped.
    head.uri = uri;
    Some(Applied::Changed)
}

pub(super) fn set_headers(real: &mut ActixHeaders, headers: &HeaderMap) -> Option<()> {
    let fields = FieldList::of(headers)?;
    real.clear();
    real.reserve(headers.keys_len());
    fields.add_to(real, true);
    Some(())
}

/// A response of the app as the cache sees it; `None` if the cache could not read it.
pub(super) fn response_of<B: MessageBody>(real: HttpResponse<B>) -> Option<Response<AppBody<B>>> {
    let (mut real, body) = real.into_parts();
    let mut response = Response::new(AppBody::new(body));
    *response.status_mut() = StatusCode::from_u16(real.status().as_u16()).ok()?;
    *response.headers_mut() = headers_of(real.headers())?;
    // actix-web ignores it too, but for a stream that is sent as it is.
    if response.body().size() != BodySize::Stream || real.head().chunked() {
        response.headers_mut().remove(CONTENT_LENGTH);
    }
    real.headers_mut().clear();
    let own = OwnResponse(SendWrapper::new(Rc::new(Cell::new(Some(real)))));
    response.extensions_mut().insert(own);
    Some(response)
}

/// An answer of the cache to a request of this method as actix-web sends it.
pub(super) fn answer_of<B: MessageBody>(
    method: &ActixMethod,
    answer: Response<AnswerBody<AppBody<B>>>,
) -> Option<HttpResponse<CachedAppBody<B>>> {
    let (mut parts, body) = answer.into_parts();
    let status = ActixStatus::from_u16(parts.status.as_u16()).ok()?;
    let own = parts.extensions.remove::<OwnResponse>();
    let own = own.and_then(|own| own.0.take().take());
    let mut real = own.unwrap_or_else(|| HttpResponse::new(status).drop_body());
    if real.status() != status {
        *real.status_mut() = status;
        real.head_mut().reason = None;
    }
    let is_announced = parts.headers.contains_key(CONTENT_LENGTH);
    let size = announced(&mut real, method, body.size_hint().exact(), is_announced);
    if !writes_length(&real, size) {
        parts.headers.remove(CONTENT_LENGTH);
    }
    set_headers(real.headers_mut(), &parts.headers)?;
    Some(real.set_body(CachedAppBody::new(body, size)))
}

/// An answer from the cache to a request of this method as actix-web sends it.
pub(super) fn ready_answer_of<B: MessageBody>(
    method: &ActixMethod,
    answer: ReadyAnswer<SentFields>,
) -> Option<HttpResponse<CachedAppBody<B>>> {
    let fields = answer.fields.0?;
    let status = ActixStatus::from_u16(answer.status.as_u16()).ok()?;
    let mut real = HttpResponse::new(status).drop_body();
    let length = Some(answer.body.len() as u64);
    let size = announced(&mut real, method, length, fields.length.is_some());
    let with_length = writes_length(&real, size);
    fields.add_to(real.headers_mut(), with_length);
    Some(real.set_body(CachedAppBody::new(AnswerBody::Whole(answer.body), size)))
}

/// What is said of the length of an answer's body, whose fields may announce it.
fn announced(
    real: &mut HttpResponse<()>,
    method: &ActixMethod,
    length: Option<u64>,
    is_announced: bool,
) -> BodySize {
    match length {
        _ if matches!(
            real.status(),
            ActixStatus::NO_CONTENT | ActixStatus::NOT_MODIFIED
        ) =>
        {
            BodySize::None
        }
        // The length of the body that a `GET` gets: it is written as it is.
        Some(0) if *method == ActixMethod::HEAD && is_announced => {
            real.head_mut().no_chunking(true);
            BodySize::Stream
        }
        Some(length) => BodySize::Sized(length),
        None => BodySize::Stream,
    }
}

/// Whether a `Content-Length` is sent as it is. Elsewhere actix-web writes it by the size of the body. Left there, it would stay when
/// middleware replaces the body.
fn writes_length(real: &HttpResponse<()>, size: BodySize) -> bool {
    size == BodySize::Stream && !real.head().chunked()
}
