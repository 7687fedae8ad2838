//! The header fields of answers that are not cached, of handlers with an attribute about other caches.

use http::header::{CACHE_CONTROL, EXPIRES};
use http::{HeaderMap, HeaderValue, StatusCode};

use super::told::CacheControl;
use crate::clock;
use crate::http::audience::remove_words_for_cdns;
use crate::http::room::set;

/// Marks the answer of an extractor in the place of the handler's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OfAnExtractor;

/// Says that nobody may keep an answer, whatever it says itself.
pub(crate) fn forbid(headers: &mut HeaderMap) {
    set(
        headers,
        CACHE_CONTROL,
        HeaderValue::from_static("max-age=0, no-cache, no-store, must-revalidate, private"),
    );
    set(headers, EXPIRES, HeaderValue::from_static("0"));
    remove_words_for_cdns(headers);
}

impl CacheControl {
    /// Tells browsers and other caches how to keep an answer. An error, a redirect that is temporary, and the answer of an extractor are
    /// not what the attribute speaks of: they get only what forbids.
    pub(crate) fn tell(self, status: StatusCode, headers: &mut HeaderMap, is_rejection: bool) {
        let is_lasting = match status {
            StatusCode::NOT_MODIFIED
            | StatusCode::MOVED_PERMANENTLY
            | StatusCode::PERMANENT_REDIRECT => true,
            status => status.is_success(),
        };
        if is_lasting && !is_rejection {
            self.allow_unkept(headers, clock::wall());
        } else {
            self.restrict(headers);
        }
    }
}
