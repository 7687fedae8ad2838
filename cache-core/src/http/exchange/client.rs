//! What a client asks for, apart from its request, which goes on to the origin.

use http::header::{IF_MATCH, IF_UNMODIFIED_SINCE, RANGE};
use http::{HeaderMap, Method};

use crate::http::request::RequestHeaders;
use crate::http::semantics::directives::RequestDirectives;
use crate::http::semantics::policy::HttpPolicy;

/// What a client asks for.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) headers: HeaderMap,
    pub(crate) is_head: bool,
    /// What it says of stored responses, where that is obeyed.
    pub(crate) asks: RequestDirectives,
}

impl Client {
    pub(crate) fn of(method: &Method, headers: &HeaderMap, policy: &HttpPolicy) -> Self {
        Self {
            headers: headers.clone(),
            is_head: method == Method::HEAD,
            asks: asked(headers, policy),
        }
    }

    /// The fields of its request.
    pub(crate) fn view(&self) -> RequestHeaders<'_> {
        RequestHeaders::of(&self.headers)
    }

    /// Whether its origin alone can tell if the request is to be carried out (RFC 9110, sections 13.1.1 and 13.1.4).
    pub(crate) fn has_own_condition(&self) -> bool {
        [IF_MATCH, IF_UNMODIFIED_SINCE]
            .iter()
            .any(|name| self.headers.contains_key(name))
    }

    /// Whether it asks for a part of the resource.
    pub(crate) fn wants_part(&self) -> bool {
        !self.is_head && self.headers.contains_key(RANGE)
    }
}

/// What a request says of stored responses, where that is obeyed.
pub(crate) fn asked(headers: &HeaderMap, policy: &HttpPolicy) -> RequestDirectives {
    if policy.obeys_requests {
        RequestDirectives::of(headers)
    } else {
        RequestDirectives::default()
    }
}
