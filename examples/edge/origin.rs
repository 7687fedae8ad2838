//! The origin, as a service.

use std::task::{Context, Poll};

use axum::body::Body;
use http::header::{CONNECTION, CONTENT_LENGTH, HOST, TE, TRANSFER_ENCODING, UPGRADE, VIA};
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, Uri, Version};
use hyper::body::Incoming;
use hyper::ext::on_informational;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Client, Error, ResponseFuture};
use tower::Service;

use crate::interim::Interim;

/// Fields that tell an origin of another target, method or client than the request itself does: a response that depended on them would
/// be stored for everybody. So does every field that begins with `X-Forwarded-`.
const MISLEADING: [&str; 8] = [
    "forwarded",
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
    "x-original-host",
    "x-original-url",
    "x-real-ip",
    "x-rewrite-url",
];

/// Fields of one connection (RFC 9110, section 7.6.1).
const OF_CONNECTION: [HeaderName; 6] = [
    CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    TE,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// The origin behind the proxy.
#[derive(Clone)]
pub struct Origin {
    client: Client<HttpConnector, Body>,
    uri: Uri,
}

impl Origin {
    pub fn new(client: Client<HttpConnector, Body>, uri: Uri) -> Self {
        Self { client, uri }
    }

    /// The request as the origin gets it.
    fn forwarded(&self, request: Request<Body>) -> Request<Body> {
        let (mut parts, body) = request.into_parts();
        if !parts.headers.contains_key(HOST)
            && let Some(authority) = parts.uri.authority()
            && let Ok(host) = HeaderValue::from_str(authority.as_str())
        {
            parts.headers.insert(HOST, host);
        }
        let path = parts.uri.path_and_query().cloned();
        let mut uri = self.uri.clone().into_parts();
        uri.path_and_query = path.or(Some(PathAndQuery::from_static("/")));
        // The parts of the origin's URI are whole, and a path fits to them.
        parts.uri = Uri::from_parts(uri).unwrap_or_else(|_| self.uri.clone());
        strip_connection(&mut parts.headers);
        remove_misleading(&mut parts.headers);
        parts.headers.append(VIA, via(parts.version));
        parts.version = Version::HTTP_11;
        Request::from_parts(parts, body)
    }
}

/// This proxy in `Via` (RFC 9110, section 7.6.3).
pub fn via(version: Version) -> HeaderValue {
    HeaderValue::from_static(match version {
        Version::HTTP_10 => "1.0 edge",
        Version::HTTP_2 => "2 edge",
        _ => "1.1 edge",
    })
}

fn remove_misleading(headers: &mut HeaderMap) {
    let is_misleading = |name: &&HeaderName| {
        MISLEADING.contains(&name.as_str()) || name.as_str().starts_with("x-forwarded-")
    };
    let names: Vec<HeaderName> = headers.keys().filter(is_misleading).cloned().collect();
    for name in names {
        headers.remove(name);
    }
}

/// Takes away the fields of one connection, and those that `Connection` names, but for those without which the message is another one.
pub fn strip_connection(headers: &mut HeaderMap) {
    let nominated: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .into_iter()
        .flat_map(|line| line.as_bytes().split(|byte| *byte == b','))
        .filter_map(|name| HeaderName::from_bytes(name.trim_ascii()).ok())
        .filter(|name| ![HOST, CONTENT_LENGTH].contains(name))
        .collect();
    for name in nominated.into_iter().chain(OF_CONNECTION) {
        headers.remove(name);
    }
}

impl Service<Request<Body>> for Origin {
    type Response = Response<Incoming>;
    type Error = Error;
    type Future = ResponseFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> ResponseFuture {
        let mut request = self.forwarded(request);
        if let Some(interim) = request.extensions_mut().remove::<Interim>() {
            on_informational(&mut request, move |response| {
                let (status, headers) = (response.status(), response.headers());
                interim.send(status, headers);
            });
        }
        self.client.request(request)
    }
}

#[cfg(test)]
mod tests {
    use hyper_util::rt::TokioExecutor;

    use super::*;

    #[test]
    fn what_an_origin_gets() {
        let client = Client::builder(TokioExecutor::new()).build_http();
        let origin = Origin::new(client, Uri::from_static("http://127.0.0.1:8000/"));
        let request = Request::get("/a?b=1")
            .header(HOST, "a.example")
            .header(CONNECTION, "close, x-own, Host")
            .header("x-own", "1")
            .header("x-forwarded-host", "evil.example")
            .header("x-http-method-override", "DELETE")
            .header("x-other", "2")
            .body(Body::empty())
            .unwrap();
        let forwarded = origin.forwarded(request);
        assert_eq!(forwarded.uri(), "http://127.0.0.1:8000/a?b=1");
        let expected = [("host", "a.example"), ("x-other", "2"), ("via", "1.1 edge")];
        let found: Vec<_> = forwarded.headers().iter().collect();
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (name, value) in expected {
            assert_eq!(forwarded.headers().get(name).unwrap(), value);
        }
    }

    #[test]
    fn http_2_has_its_host_in_the_target() {
        let client = Client::builder(TokioExecutor::new()).build_http();
        let origin = Origin::new(client, Uri::from_static("http://127.0.0.1:8000/"));
        let request = Request::get("http://a.example/x").version(Version::HTTP_2);
        let forwarded = origin.forwarded(request.body(Body::empty()).unwrap());
        assert_eq!(forwarded.headers().get(HOST).unwrap(), "a.example");
        assert_eq!(forwarded.headers().get(VIA).unwrap(), "2 edge");
    }
}
