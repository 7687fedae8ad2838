//! What a request that may have changed a resource makes stale (RFC 9111, section 4.4).

use http::header::{CONTENT_LOCATION, LOCATION};
use http::{HeaderMap, HeaderValue, Request, Uri};

use super::cache::HttpCache;
use super::key;
use super::origin::{Answered, OriginService};
use crate::http::body::AnswerBody;
use crate::http::cache_status::CacheStatus;
use crate::http::key::fields::KeyBytes;
use crate::http::refusal::Bypass;
use crate::http::request::RequestHeaders;
use crate::http::semantics::groups::CACHE_GROUP_INVALIDATION;
use crate::http::to_the_end::ToTheEnd;
use crate::name::Name;
use crate::why::{CallSite, InvalidatedKind};

impl HttpCache {
    /// Answers a request whose method may change what is stored. It is carried to its end when its client goes away, for it may have
    /// changed something by then.
    pub(crate) async fn change<B, O>(
        &'static self,
        request: Request<B>,
        original: Uri,
        mut origin: O,
    ) -> Answered<B, O>
    where
        B: Send + 'static,
        O: OriginService<B>,
    {
        let headers = request.headers().clone();
        let change = async move {
            let mut response = origin.send(request).await?;
            let status = response.status();
            let mut changed = self.groups_changed_by(&original, &headers, response.headers());
            // An error has changed nothing, unless it says so.
            if status.is_success() || status.is_redirection() {
                changed.extend(self.changed_by(&original, &headers, response.headers()));
            }
            if !changed.is_empty() {
                // Trouble with the store is counted there, and bounds how long an older response is used here.
                let label = (
                    InvalidatedKind::Response,
                    original.path().as_bytes(),
                    CallSite::default(),
                );
                let cache = self.site().cache();
                let _ = cache.forget_names(&changed, label, |_| {}).await;
            }
            CacheStatus::Bypassed(Bypass::Method).tell(response.headers_mut());
            Ok(response.map(AnswerBody::Through))
        };
        ToTheEnd::of(change).await
    }

    /// The names of what an unsafe request has made stale: its target, and what its response names on the same host.
    fn changed_by(&self, uri: &Uri, request: &HeaderMap, response: &HeaderMap) -> Vec<Name> {
        let view = RequestHeaders::of(request);
        let named = [LOCATION, CONTENT_LOCATION];
        let named = named.iter().filter_map(|name| response.get(name));
        let beside = named.filter_map(|value| key::beside(uri, &resolved(uri, value)?, &view));
        let keys = key::own(uri, &view).into_iter().chain(beside);
        keys.map(|key| self.name_of(&key)).collect()
    }

    /// The names of the groups that an unsafe request has made stale, by its response (RFC 9875, section 3).
    fn groups_changed_by(&self, uri: &Uri, request: &HeaderMap, response: &HeaderMap) -> Vec<Name> {
        let hosts = key::own_hosts(uri, &RequestHeaders::of(request)).into_iter();
        let groups =
            |host: KeyBytes| self.names_of_groups(&host, response, &CACHE_GROUP_INVALIDATION);
        hosts.flat_map(groups).collect()
    }
}

/// A reference as it is meant beside a target (RFC 3986, section 5), as far as it has a path of its own.
fn resolved(base: &Uri, value: &HeaderValue) -> Option<Uri> {
    let text = value.to_str().ok()?;
    let (text, _fragment) = text.split_once('#').unwrap_or((text, ""));
    if text.starts_with('/') && !text.starts_with("//") || text.contains("://") {
        return text.parse().ok();
    }
    if text.is_empty() || text.starts_with("//") || text.starts_with('?') || text.contains("./") {
        return None;
    }
    let (folder, _) = base.path().rsplit_once('/')?;
    format!("{folder}/{text}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references() {
        let base = Uri::from_static("/a/b?q");
        for (text, expected) in [
            ("/c", Some("/c")),
            ("c", Some("/a/c")),
            ("/c?x=1#f", Some("/c?x=1")),
            ("http://h/c", Some("http://h/c")),
            ("//h/c", None),
            ("../c", None),
            ("?x", None),
            ("", None),
        ] {
            let value = HeaderValue::from_static(text);
            let found = resolved(&base, &value).map(|uri| uri.to_string());
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }
}
