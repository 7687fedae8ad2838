//! Requests that change what a URL shows (RFC 9111, section 4.4).

use http::{Method, StatusCode};

use super::answer::Loaded;
use super::page::{Page, forget, invalidate_path};
use super::refusal::Refusal;
use crate::name::Name;

/// Whether a request of this method may change something. A method that is not registered as safe may.
pub(crate) fn may_change(method: &Method) -> bool {
    !matches!(
        method.as_str(),
        "GET" | "HEAD" | "OPTIONS" | "TRACE" | "QUERY" | "PROPFIND" | "REPORT" | "SEARCH"
    )
}

impl<B> Loaded<B> {
    /// Whether the handler has done what the request asks for. An extractor that answers in its place has not.
    pub(crate) fn is_done(&self) -> bool {
        let status: StatusCode = self.response.status();
        let by_the_handler = !matches!(self.keep, Err(Refusal::Rejected));
        by_the_handler && (status.is_success() || status.is_redirection())
    }
}

impl Page {
    /// Forgets what the page has kept under a URL that was changed: every query, host and variant of it, or what its own key
    /// `name` stands for. Trouble with a store is counted there.
    pub(crate) async fn changed(&'static self, path: &str, name: Option<&[u8]>) {
        // A store that was not reached is told later.
        let _ = match name {
            Some(name) => forget(self, Name::of("key", name)).await,
            None => invalidate_path(self, path).await,
        };
    }
}
