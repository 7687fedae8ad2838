//! Finds request headers that change an answer without being in its `Vary`.

use std::fmt::Debug;
use std::future::poll_fn;
use std::pin::pin;

use bytes::Bytes;
use http::header::{DATE, VARY};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body::Body;
use http_body_util::BodyExt;
use tower_service::Service;

use crate::http::answer::per_request::is_per_request;
use crate::http::vary::{ResponseVary, asked};

/// Request fields that applications, frameworks and proxies are known to read, each with a value that is likely to show.
const PROBES: [(&str, &str); 44] = [
    ("accept", "application/json"),
    ("accept-charset", "utf-16"),
    ("accept-encoding", "gzip, br, zstd"),
    ("accept-language", "cache-core-probe, fr;q=0.9"),
    ("authorization", "Bearer cache-core-probe"),
    ("cf-connecting-ip", "192.0.2.1"),
    ("cf-ipcountry", "XX"),
    ("cloudfront-viewer-country", "XX"),
    ("cookie", "cache-core-probe=1; session=cache-core-probe"),
    ("device-memory", "0.25"),
    ("dnt", "1"),
    ("dpr", "9.0"),
    ("forwarded", "for=192.0.2.1;host=probe.invalid;proto=probe"),
    ("front-end-https", "on"),
    ("hx-request", "true"),
    ("origin", "https://probe.invalid"),
    ("prefer", "return=minimal"),
    ("referer", "https://probe.invalid/"),
    ("rsc", "1"),
    ("save-data", "on"),
    ("sec-ch-ua-mobile", "?1"),
    ("sec-fetch-mode", "navigate"),
    ("sec-gpc", "1"),
    ("true-client-ip", "192.0.2.1"),
    ("user-agent", "cache-core-probe (iPhone; Mobi)"),
    ("via", "1.1 probe.invalid"),
    ("x-client-ip", "192.0.2.1"),
    ("x-forwarded-for", "192.0.2.1"),
    ("x-forwarded-host", "probe.invalid"),
    ("x-forwarded-port", "9"),
    ("x-forwarded-prefix", "/probe"),
    ("x-forwarded-proto", "probe"),
    ("x-forwarded-scheme", "probe"),
    ("x-forwarded-server", "probe.invalid"),
    ("x-forwarded-ssl", "on"),
    ("x-host", "probe.invalid"),
    ("x-http-method-override", "PROBE"),
    ("x-method-override", "PROBE"),
    ("x-original-host", "probe.invalid"),
    ("x-original-url", "/probe"),
    ("x-real-ip", "192.0.2.1"),
    ("x-requested-with", "XMLHttpRequest"),
    ("x-rewrite-url", "/probe"),
    ("x-wap-profile", "https://probe.invalid/"),
];

/// Finds the request header fields that change the answer to a request although its `Vary` does not name them.
///
/// A cache that stores such an answer serves what one client's header made of it to everybody (cache poisoning).
/// [`CachePageLayer::new`](crate::CachePageLayer::new) and `#[cache_page]` hide what is not in the key; the origin of a
/// [shared](crate::CachePageLayer::shared) cache, and of a CDN, sees all. Test the service without its cache: a cache would answer in its
/// place.
///
/// The service gets one request for each field that frameworks and proxies are known to read, one for each of `also`, and two without any.
/// Compared are status, header fields and body, without `Date`, `Vary` and fields that name or measure one request. Answers with `private`
/// or `no-store` are compared too, although no shared cache stores them. `Vary: *`, or one that cannot be read, names every field.
///
/// # Errors
///
/// The first error of the service.
///
/// # Panics
///
/// If the body of an answer fails, or if two answers to the same request differ: then a difference proves nothing.
///
/// ```
/// # #[cfg(feature = "axum")] {
/// use axum::{Router, body::Body, http::{HeaderMap, Request}, routing::get};
/// use cache_core::testing::unkeyed_headers;
///
/// async fn home(headers: HeaderMap) -> String {
///     let host = headers.get("x-forwarded-host").or(headers.get("host"));
///     format!("<base href=\"https://{}/\">", host.and_then(|host| host.to_str().ok()).unwrap_or(""))
/// }
///
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// let site: Router = Router::new().route("/", get(home));
/// let request = Request::get("/").header("host", "example.com").body(Body::empty()).unwrap();
/// let found = unkeyed_headers(&site, &request, &[]).await.unwrap();
/// assert_eq!(found, ["x-forwarded-host"]);
/// # });
/// # }
/// ```
pub async fn unkeyed_headers<S, B, R>(
    service: &S,
    request: &Request<B>,
    also: &[HeaderName],
) -> Result<Vec<HeaderName>, S::Error>
where
    S: Service<Request<B>, Response = Response<R>> + Clone,
    B: Default,
    R: Body<Data = Bytes, Error: Debug>,
{
    let plain = answer(service, request, None).await?;
    let again = answer(service, request, None).await?;
    assert!(
        plain == again,
        "two answers to the same `{} {}` differ, so a difference proves nothing: {plain:?} and {again:?}",
        request.method(),
        request.uri()
    );
    let known = PROBES.map(|(name, value)| (HeaderName::from_static(name), value));
    let also = also.iter().map(|name| (name.clone(), "cache-core-probe"));
    let mut found = Vec::new();
    for (name, value) in known.into_iter().chain(also) {
        let probe = (name.clone(), HeaderValue::from_static(value));
        let probed = answer(service, request, Some(probe)).await?;
        // A cache looks up by the `Vary` of what it has stored.
        if probed != plain && !plain.varied.names(&name) {
            found.push(name);
        }
    }
    Ok(found)
}

/// What of an answer is compared.
#[derive(Debug)]
struct ComparedAnswer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    varied: NamedInVary,
}

/// What a `Vary` names.
#[derive(Debug)]
enum NamedInVary {
    Anything,
    Fields(Vec<String>),
}

impl NamedInVary {
    fn of(headers: &HeaderMap) -> Self {
        match asked(headers) {
            ResponseVary::Anything | ResponseVary::Unreadable => Self::Anything,
            ResponseVary::Headers(names) => {
                Self::Fields(names.into_iter().map(str::to_ascii_lowercase).collect())
            }
        }
    }

    fn names(&self, name: &HeaderName) -> bool {
        match self {
            Self::Anything => true,
            Self::Fields(fields) => fields.iter().any(|field| *field == name.as_str()),
        }
    }
}

impl PartialEq for ComparedAnswer {
    fn eq(&self, other: &Self) -> bool {
        (self.status, &self.headers, &self.body) == (other.status, &other.headers, &other.body)
    }
}

async fn answer<S, B, R>(
    service: &S,
    like: &Request<B>,
    probe: Option<(HeaderName, HeaderValue)>,
) -> Result<ComparedAnswer, S::Error>
where
    S: Service<Request<B>, Response = Response<R>> + Clone,
    B: Default,
    R: Body<Data = Bytes, Error: Debug>,
{
    let mut request = Request::new(B::default());
    *request.method_mut() = like.method().clone();
    *request.uri_mut() = like.uri().clone();
    *request.version_mut() = like.version();
    *request.headers_mut() = like.headers().clone();
    if let Some((name, value)) = probe {
        request.headers_mut().insert(name, value);
    }
    let mut service = service.clone();
    poll_fn(|context| service.poll_ready(context)).await?;
    let (mut parts, body) = service.call(request).await?.into_parts();
    let body = pin!(body).collect().await.expect("the body of an answer");
    let varied = NamedInVary::of(&parts.headers);
    let names: Vec<HeaderName> = parts.headers.keys().cloned().collect();
    for name in names {
        if name == DATE || name == VARY || is_per_request(&name) {
            parts.headers.remove(name);
        }
    }
    Ok(ComparedAnswer {
        status: parts.status,
        headers: parts.headers,
        body: body.to_bytes(),
        varied,
    })
}
