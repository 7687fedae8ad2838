//! What of a request changes an answer, though no cache in front of the service knows.

use std::fmt::Debug;

use bytes::{Bytes, BytesMut};
use http::header::{DATE, VARY};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body::Body;
use http_body_util::BodyExt;
use tower_service::Service;

use crate::http::answer::per_request::is_per_request;
use crate::http::vary::{ResponseVary, asked};

/// Request fields that applications, frameworks and proxies are known to read, each with a value that is likely to show.
const PROBES: [(&str, &str); 38] = [
    ("accept", "application/json"),
    ("accept-charset", "utf-16"),
    ("accept-encoding", "gzip, br, zstd"),
    ("accept-language", "cache-core-probe, fr;q=0.9"),
    ("authorization", "Bearer cache-core-probe"),
    ("base-url", "https://probe.invalid"),
    ("cf-connecting-ip", "192.0.2.1"),
    ("cf-ipcountry", "XX"),
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
    ("x-http-method-override", "PROBE"),
    ("x-original-url", "/probe"),
    ("x-real-ip", "192.0.2.1"),
    ("x-requested-with", "XMLHttpRequest"),
    ("x-rewrite-url", "/probe"),
    ("x-wap-profile", "https://probe.invalid/"),
];

/// Returns the request header fields that change the answer to a `GET` of `target`, though the answer does not name them in `Vary`.
///
/// A cache that keeps such an answer gives everybody what one request has made of it. [`CachePageLayer::new`](crate::CachePageLayer::new)
/// and `#[cache_page]` hide what is not in the key; the origin of a [shared](crate::CachePageLayer::shared) cache, and of a CDN, sees all.
/// Give the service without its cache: a cache would answer in its place.
///
/// Each of 38 fields that are known to be read is tried, and each of `more`, with a value of its own. Answers are compared by status,
/// header fields and body, without `Date`, `Vary` and the fields that name or measure one run. Answers that a shared cache may not store
/// are compared too.
///
/// # Errors
///
/// That of the service.
///
/// # Panics
///
/// If `target` or a name of `more` is not one, if a body fails, or if two answers to one request differ: then nothing can be said.
///
/// ```
/// # #[cfg(feature = "axum")] {
/// use axum::{Router, http::HeaderMap, routing::get};
/// use cache_core::testing::unkeyed_headers;
///
/// async fn home(headers: HeaderMap) -> String {
///     let host = headers.get("x-forwarded-host").or(headers.get("host"));
///     format!("<base href=\"https://{}/\">", host.and_then(|host| host.to_str().ok()).unwrap_or(""))
/// }
///
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// let site: Router = Router::new().route("/", get(home));
/// let found = unkeyed_headers::<_, axum::body::Body, _>(&site, "/", &[]).await.unwrap();
/// assert_eq!(found, ["x-forwarded-host"]);
/// # });
/// # }
/// ```
pub async fn unkeyed_headers<S, B, R>(
    service: &S,
    target: &str,
    more: &[&str],
) -> Result<Vec<String>, S::Error>
where
    S: Service<Request<B>, Response = Response<R>> + Clone,
    B: Default,
    R: Body<Data = Bytes, Error: Debug>,
{
    let plain = answer(service, target, None).await?;
    assert_eq!(
        plain,
        answer(service, target, None).await?,
        "two answers to the same `GET {target}` differ: nothing can be said of what changes them"
    );
    let more = more.iter().map(|name| (*name, "cache-core-probe"));
    let mut found = Vec::new();
    for (name, value) in PROBES.into_iter().chain(more) {
        let name: HeaderName = name.parse().expect("the name of a header field");
        let probe = (name.clone(), HeaderValue::from_static(value));
        let probed = answer(service, target, Some(probe)).await?;
        let is_named = |varied: &Varied| match varied {
            Varied::Anything => true,
            Varied::Names(names) => names.iter().any(|named| *named == name.as_str()),
        };
        // A cache looks up by the `Vary` of what it has.
        if probed != plain && !is_named(&plain.varied) {
            found.push(name.as_str().to_owned());
        }
    }
    Ok(found)
}

/// What of an answer is compared.
#[derive(Debug)]
struct Compared {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    varied: Varied,
}

#[derive(Debug)]
enum Varied {
    Anything,
    Names(Vec<String>),
}

impl PartialEq for Compared {
    fn eq(&self, other: &Self) -> bool {
        (self.status, &self.headers, &self.body) == (other.status, &other.headers, &other.body)
    }
}

async fn answer<S, B, R>(
    service: &S,
    target: &str,
    probe: Option<(HeaderName, HeaderValue)>,
) -> Result<Compared, S::Error>
where
    S: Service<Request<B>, Response = Response<R>> + Clone,
    B: Default,
    R: Body<Data = Bytes, Error: Debug>,
{
    let mut request = Request::new(B::default());
    *request.uri_mut() = target.parse().expect("a target");
    let host = HeaderValue::from_static("site.example");
    request.headers_mut().insert(http::header::HOST, host);
    request.headers_mut().extend(probe);
    let mut service = service.clone();
    std::future::poll_fn(|context| service.poll_ready(context)).await?;
    let (mut parts, body) = service.call(request).await?.into_parts();
    let mut body = std::pin::pin!(body);
    let mut whole = BytesMut::new();
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame.expect("the body of an answer").into_data() {
            whole.extend_from_slice(&data);
        }
    }
    let varied = match asked(&parts.headers) {
        ResponseVary::Anything | ResponseVary::Unreadable => Varied::Anything,
        ResponseVary::Headers(names) => {
            Varied::Names(names.iter().map(|name| name.to_ascii_lowercase()).collect())
        }
    };
    let names: Vec<HeaderName> = parts.headers.keys().cloned().collect();
    for name in names {
        if name == DATE || name == VARY || is_per_request(&name) {
            parts.headers.remove(name);
        }
    }
    Ok(Compared {
        status: parts.status,
        headers: parts.headers,
        body: whole.freeze(),
        varied,
    })
}
