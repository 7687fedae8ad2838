//! What an origin is asked: for the whole resource, or whether what is stored is still good (RFC 9111, section 4.3.1).

use http::header::{
    IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE, RANGE,
};
use http::{HeaderMap, HeaderValue, Request};

use super::kept::Kept;
use crate::load::Replaced;

/// Makes the request ask for the whole resource, or whether the stored response is still good. Returns the former.
pub(super) fn to_origin<B: Default>(
    request: &mut Request<B>,
    old: Option<&Replaced<Kept>>,
) -> Request<B> {
    let headers = request.headers_mut();
    for name in [
        IF_NONE_MATCH,
        IF_MODIFIED_SINCE,
        IF_MATCH,
        IF_UNMODIFIED_SINCE,
        IF_RANGE,
        RANGE,
    ] {
        headers.remove(name);
    }
    let mut again = Request::new(B::default());
    *again.method_mut() = request.method().clone();
    *again.uri_mut() = request.uri().clone();
    *again.version_mut() = request.version();
    *again.headers_mut() = request.headers().clone();
    *again.extensions_mut() = request.extensions().clone();
    if let Some(old) = old {
        old.validator(|kept| {
            if let Kept::Response(response) = kept {
                let headers = request.headers_mut();
                let set = |headers: &mut HeaderMap, name, value: Option<&HeaderValue>| {
                    if let Some(value) = value {
                        // Nothing of what the client has sent gives way: without a validator the answer is whole.
                        let _ = headers.try_insert(name, value.clone());
                    }
                };
                set(headers, IF_NONE_MATCH, response.tag());
                set(headers, IF_MODIFIED_SINCE, response.modified());
            }
        });
    }
    again
}

/// Whether an origin can be asked if it is still good.
pub(super) fn can_be_validated(kept: &Kept) -> bool {
    match kept {
        Kept::Response(response) => response.tag().is_some() || response.modified().is_some(),
        Kept::Index(_) => false,
    }
}

pub(super) fn tag_of(kept: &Kept) -> Option<HeaderValue> {
    match kept {
        Kept::Response(response) => response.tag().cloned(),
        Kept::Index(_) => None,
    }
}
