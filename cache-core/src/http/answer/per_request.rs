//! What of an answer belongs to one message, one run of the handler or one visitor, and not to the page.

use http::header::{
    CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY_REPORT_ONLY, HeaderName,
    SET_COOKIE,
};
use http::{Extensions, HeaderMap, Response, response};

use crate::http::refusal::Refusal;
use crate::http::room::add;
use crate::http::semantics::fields::strip_connection;

/// Fields that measure one run, name one request, or answer one client's credentials.
const OF_THE_RUN: [&str; 15] = [
    "authentication-info",
    "ratelimit",
    "request-id",
    "server-timing",
    "set-login",
    "traceparent",
    "traceresponse",
    "tracestate",
    "x-amzn-requestid",
    "x-amzn-trace-id",
    "x-cloud-trace-context",
    "x-correlation-id",
    "x-request-id",
    "x-response-time",
    "x-runtime",
];

/// Families of such fields.
const OF_THE_RUN_BY_PREFIX: [&str; 4] = ["ratelimit-", "x-ratelimit-", "x-b3-", "x-trace-id"];

/// Fields that carry a token against forged requests.
const TOKENS: [&str; 5] = [
    "csrf-token",
    "x-csrf-token",
    "x-csrftoken",
    "x-xsrf-token",
    "xsrf-token",
];

/// Takes away what does not belong to the page, and what `Connection` says does not either.
pub(crate) fn strip(headers: &mut HeaderMap) {
    strip_connection(headers);
    // The one is made anew for each answer, the other is for one visitor.
    headers.remove(CONTENT_LENGTH);
    headers.remove(SET_COOKIE);
}

/// What only the client gets whose request ran the handler.
#[derive(Debug, Default)]
pub(crate) struct PerRequest {
    fields: HeaderMap,
    extensions: Extensions,
}

impl PerRequest {
    /// Takes it out of an answer.
    pub(crate) fn take(parts: &mut response::Parts) -> Self {
        let names = parts.headers.keys();
        let names: Vec<_> = names.filter(|name| is_per_request(name)).cloned().collect();
        let mut fields = HeaderMap::new();
        for name in names {
            for value in parts.headers.get_all(&name) {
                fields.append(&name, value.clone());
            }
            parts.headers.remove(name);
        }
        Self {
            fields,
            extensions: std::mem::take(&mut parts.extensions),
        }
    }

    /// Puts it into the answer to the one whose it is.
    pub(crate) fn give<B>(self, mut answer: Response<B>) -> Response<B> {
        let headers = answer.headers_mut();
        for name in self.fields.keys() {
            headers.remove(name);
            for value in self.fields.get_all(name) {
                add(headers, name.clone(), value.clone());
            }
        }
        *answer.extensions_mut() = self.extensions;
        answer
    }
}

/// Whether a field measures one run, or names one request.
pub(crate) fn is_per_request(name: &HeaderName) -> bool {
    let name = name.as_str();
    OF_THE_RUN.contains(&name)
        || OF_THE_RUN_BY_PREFIX
            .iter()
            .any(|prefix| name.starts_with(prefix))
}

/// Why an answer is for one visitor, by its fields.
pub(crate) fn of_one_visitor(headers: &HeaderMap) -> Option<Refusal> {
    if headers.contains_key(SET_COOKIE) {
        Some(Refusal::SetCookie)
    } else if headers.contains_key("clear-site-data") {
        Some(Refusal::ClearSiteData)
    } else if TOKENS.iter().any(|token| headers.contains_key(*token)) {
        Some(Refusal::CsrfToken)
    } else if has_nonce(headers) {
        Some(Refusal::CspNonce)
    } else {
        None
    }
}

/// A nonce protects one message: who reads it in a kept page can use it in the pages of all others.
fn has_nonce(headers: &HeaderMap) -> bool {
    const NONCE: &[u8] = b"'nonce-";
    [CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY_REPORT_ONLY]
        .iter()
        .flat_map(|name| headers.get_all(name))
        .any(|policy| {
            let mut windows = policy.as_bytes().windows(NONCE.len());
            windows.any(|window| window.eq_ignore_ascii_case(NONCE))
        })
}
