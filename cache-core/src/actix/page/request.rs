//! What the cache sees of a request.

use actix_web::HttpRequest;
use actix_web::dev::Payload;
use http::header::{
    AUTHORIZATION, CONTENT_LENGTH, COOKIE, HOST, IF_MODIFIED_SINCE, IF_NONE_MATCH,
    TRANSFER_ENCODING,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};

use crate::actix::convert::{is_without_body, method_of, uri_of};
use crate::http::request::{RequestHeaders, RequestView};
use crate::http::vary::Varied;

/// The head of a request, with the fields that a page asks for: a copy of all would be a good part of a hit.
#[derive(Debug)]
pub(super) struct AskedHead {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
}

/// What each page asks for.
const ALWAYS: [HeaderName; 6] = [
    HOST,
    CONTENT_LENGTH,
    TRANSFER_ENCODING,
    AUTHORIZATION,
    IF_NONE_MATCH,
    IF_MODIFIED_SINCE,
];

impl AskedHead {
    /// One that is not looked up.
    pub(super) fn unread() -> Self {
        Self {
            method: Method::TRACE,
            uri: Uri::default(),
            headers: HeaderMap::new(),
        }
    }

    pub(super) fn of(real: &HttpRequest, payload: &mut Payload, varied: &Varied) -> Self {
        // What the cache cannot read is not looked up.
        let Some((method, uri)) = method_of(real.method()).zip(uri_of(real.uri())) else {
            return Self::unread();
        };
        if is_without_body(real.head()) {
            *payload = Payload::None;
        }
        let mut headers = HeaderMap::new();
        for name in ALWAYS.iter().chain(&varied.headers) {
            copy(real, name, &mut headers);
        }
        if !varied.cookies.is_empty() {
            copy(real, &COOKIE, &mut headers);
        }
        Self {
            method,
            uri,
            headers,
        }
    }

    /// What a key may hold of it.
    pub(super) fn view(&self) -> RequestView<'_> {
        RequestView {
            method: &self.method,
            uri: &self.uri,
            original: &self.uri,
            route: None,
            nested: None,
            headers: RequestHeaders::of(&self.headers),
            // Where there is one, fields announce it.
            has_body: false,
        }
    }
}

/// Copies the lines of a field that is not there yet.
fn copy(real: &HttpRequest, name: &HeaderName, headers: &mut HeaderMap) {
    if headers.contains_key(name) {
        return;
    }
    for value in real.headers().get_all(name.as_str()) {
        if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
            headers.append(name, value);
        }
    }
}
