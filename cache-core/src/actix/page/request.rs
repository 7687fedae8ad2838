//! What the cache sees of a request.

use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::http::header::{
    AUTHORIZATION, CONTENT_LENGTH, COOKIE, HOST, HeaderName as ActixName, IF_MODIFIED_SINCE,
    IF_NONE_MATCH, TRANSFER_ENCODING,
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

/// Whether a page asks for a field.
fn is_asked(name: &ActixName, varied: &Varied) -> bool {
    // What each page asks for.
    *name == HOST
        || *name == CONTENT_LENGTH
        || *name == TRANSFER_ENCODING
        || *name == AUTHORIZATION
        || *name == IF_NONE_MATCH
        || *name == IF_MODIFIED_SINCE
        || (*name == COOKIE && !varied.cookies.is_empty())
        || varied
            .headers
            .iter()
            .any(|own| own.as_str() == name.as_str())
}

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
        for (name, value) in real.headers() {
            if is_asked(name, varied)
                && let Ok(name) = HeaderName::from_bytes(name.as_str().as_bytes())
                && let Ok(value) = HeaderValue::from_bytes(value.as_bytes())
            {
                headers.append(name, value);
            }
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
