//! What the cache sees of a request.

use actix_web::dev::RequestHead;
use actix_web::http::header::{
    AUTHORIZATION, CACHE_CONTROL, CONNECTION, CONTENT_LENGTH, COOKIE, HOST,
    HeaderMap as ActixHeaders, HeaderName as ActixName, HeaderValue as ActixValue,
    IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, PRAGMA, RANGE, TRANSFER_ENCODING, UPGRADE,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};

use super::convert::{headers_of, method_of, uri_of};
use crate::http::refusal::Bypass;
use crate::http::request::{RequestHeaders, RequestView};
use crate::http::vary::Varied;

/// The head of a request, with the fields that a look-up asks for: a copy of all would be a good part of a hit.
#[derive(Debug)]
pub(super) struct AskedHead {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    /// Whether those are all fields.
    are_all: bool,
}

impl AskedHead {
    /// One that is not looked up.
    pub(super) fn unread() -> Self {
        Self {
            method: Method::TRACE,
            uri: Uri::default(),
            headers: HeaderMap::new(),
            are_all: true,
        }
    }

    /// What every cache asks for, and what `varied` names; `None` if the cache could not read it.
    pub(super) fn of(real: &RequestHead, varied: Option<&Varied>) -> Option<Self> {
        let mut headers = HeaderMap::new();
        for (name, value) in real.headers() {
            if is_asked(name, varied) {
                let name = HeaderName::from_bytes(name.as_str().as_bytes()).ok()?;
                let value = HeaderValue::from_bytes(value.as_bytes()).ok()?;
                headers.try_append(name, value).ok()?;
            }
        }
        Self::with(real, headers, false)
    }

    /// All of it; `None` if the cache could not read it.
    pub(super) fn whole(real: &RequestHead) -> Option<Self> {
        Self::with(real, headers_of(real.headers())?, true)
    }

    fn with(real: &RequestHead, headers: HeaderMap, are_all: bool) -> Option<Self> {
        Some(Self {
            method: method_of(&real.method)?,
            uri: uri_of(&real.uri)?,
            headers,
            are_all,
        })
    }

    /// What a key may hold of it; `real` is the head that it was read from.
    pub(super) fn view<'a>(&'a self, real: &'a RequestHead) -> RequestView<'a> {
        let headers = if self.are_all {
            RequestHeaders::of(&self.headers)
        } else {
            RequestHeaders::of_some(&self.headers, host_of(real.headers()))
        };
        RequestView {
            method: &self.method,
            uri: &self.uri,
            original: &self.uri,
            route: None,
            nested: None,
            headers,
            // Where there is one, fields announce it.
            has_body: false,
        }
    }
}

/// Whether a look-up asks for a field. It finds the host where it stands.
fn is_asked(name: &ActixName, varied: Option<&Varied>) -> bool {
    *name == CONTENT_LENGTH
        || *name == TRANSFER_ENCODING
        || *name == AUTHORIZATION
        || *name == IF_NONE_MATCH
        || *name == IF_MODIFIED_SINCE
        || varied.map_or_else(
            || is_asked_by_rfc(name),
            |varied| *name == UPGRADE || is_varied(name, varied),
        )
}

/// Whether a cache that does as RFC 9111 says asks for a field, whatever varies.
fn is_asked_by_rfc(name: &ActixName) -> bool {
    *name == RANGE
        || *name == IF_RANGE
        || *name == CONNECTION
        || *name == UPGRADE
        || *name == CACHE_CONTROL
        || *name == PRAGMA
}

fn is_varied(name: &ActixName, varied: &Varied) -> bool {
    let mut keyed = varied.headers.iter();
    (*name == COOKIE && varied.names_cookie()) || keyed.any(|own| own.as_str() == name.as_str())
}

/// The `Host`, unless it is given twice.
fn host_of(real: &ActixHeaders) -> Result<Option<&[u8]>, Bypass> {
    let mut hosts = real.get_all(HOST);
    match (hosts.next(), hosts.next()) {
        (host, None) => Ok(host.map(ActixValue::as_bytes)),
        _ => Err(Bypass::Host),
    }
}
