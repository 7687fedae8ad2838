//! Requests that go past the cache, and what they change (RFC 9111, section 4.4).

use http::Response;

use super::answer::HandlerAnswer;
use super::audience::keep_from_others;
use super::cache_status::CacheStatus;
use super::page::{Page, forget, invalidate_path};
use super::refusal::Bypass;
use super::request::RequestView;
use super::rules::PageRules;
use super::semantics::methods::is_safe;
use crate::name::Name;
use crate::why::InvalidatedKind;

impl RequestView<'_> {
    /// The path that the request may change.
    pub(crate) fn changes(&self) -> Option<String> {
        (!is_safe(self.method)).then(|| self.original.path().to_owned())
    }
}

impl Page {
    /// The answer of a handler that ran for `reason` on the client's own request. If it has changed what a URL shows, every query, host
    /// and variant of it is forgotten, or what the page's own key `name` stands for.
    pub(crate) async fn bypassed<B>(
        &'static self,
        answer: HandlerAnswer<B>,
        reason: Bypass,
        changes: Option<String>,
        name: Option<&[u8]>,
    ) -> Response<B> {
        self.site().counters.bypassed();
        if let Some(path) = changes.filter(|_| answer.is_done()) {
            // Trouble with the store is counted there, and a store that was not reached is told later.
            let _ = match name {
                Some(name) => {
                    forget(self, Name::of("key", name), (InvalidatedKind::Key, name)).await
                }
                None => invalidate_path(self, &path).await,
            };
        }
        self.rules().bypassed(answer.response, reason)
    }
}

impl PageRules {
    /// An answer that was given without a look-up. Who made it saw the client's request, of which no cache tells all apart.
    pub(crate) fn bypassed<B>(&self, mut response: Response<B>, reason: Bypass) -> Response<B> {
        let headers = response.headers_mut();
        keep_from_others(headers);
        self.tell(headers, CacheStatus::Bypassed(reason));
        response
    }
}
