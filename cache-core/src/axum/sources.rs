//! The two requests that a page's arguments are extracted from.

use ::axum::body::{Body, HttpBody};
use ::axum::extract::{MatchedPath, NestedPath, OriginalUri, Request};
use ::http::request::Parts;
use ::http::{Method, Version};

use super::body::settled;
use crate::http::key::{KeyTarget, RequestKey};
use crate::http::page::Page;
use crate::http::refusal::Bypass;
use crate::http::request::{RequestHeaders, RequestView};
use crate::site::Site;
use crate::tower::page::routed::parameters_of;

/// Marks a request that no client has sent: its page is rendered to be kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unasked {
    /// The page that it is for.
    pub(super) site: &'static Site,
    /// How often clients of another version of the program have asked for it.
    pub(super) asks: u32,
}

/// The client's request, and the one rebuilt from the page's key.
pub struct Sources {
    /// The page that keys the request.
    page: Option<&'static Page>,
    /// Whether what the page's key holds is for one visitor.
    personal: bool,
    /// The client's method: an extractor that edits the request does not make a look-up of what was none.
    method: Method,
    real: Parts,
    body: Body,
    /// In a box, so that a hit does not carry the room for it.
    rebuilt: Option<Box<Parts>>,
}

impl Sources {
    pub(super) fn new(request: Request) -> Self {
        let (real, body) = request.into_parts();
        let body = settled(&real, body);
        Self {
            page: None,
            personal: false,
            method: real.method.clone(),
            real,
            body,
            rebuilt: None,
        }
    }

    /// Lets arguments see the request as `page` keys it.
    pub(super) fn keyed_by(&mut self, page: &'static Page, personal: bool) {
        self.page = Some(page);
        self.personal = personal;
    }

    /// The client's request, for what reads more of it than the key holds.
    pub(super) fn real(&mut self) -> &mut Parts {
        &mut self.real
    }

    /// The rebuilt request; the client's own where nothing is looked up, because then nothing is kept.
    pub(super) fn keyed(&mut self) -> &mut Parts {
        if self.rebuilt.is_none()
            && let Some(page) = self.page
            && let target = self.target(page.rules().is_named.then_some(&[][..]))
            && let Ok(key) = page.rules().key(&self.view(), target, self.personal)
        {
            self.rebuild(&key);
        }
        self.rebuilt.as_deref_mut().unwrap_or(&mut self.real)
    }

    /// What stands for the request's target in its key: `name`, or path and query with the parameters of the path.
    ///
    /// # Errors
    ///
    /// The reason why the target cannot be keyed.
    pub(super) fn target<'n>(&mut self, name: Option<&'n [u8]>) -> Result<KeyTarget<'n>, Bypass> {
        match name {
            Some(name) => Ok(KeyTarget::Name(name)),
            None => parameters_of(&mut self.real).map(KeyTarget::Url),
        }
    }

    /// Rebuilds the request that a key of the page stands for; tells whether there is one.
    pub(super) fn rebuild(&mut self, key: &RequestKey) -> bool {
        if self.rebuilt.is_none() {
            let keyed = self.page.and_then(|page| page.rules().keying.rebuild(key));
            self.rebuilt = keyed.map(|keyed| {
                let (mut parts, ()) = ::http::Request::new(()).into_parts();
                // Here axum keeps the path's parameters, which are in the key as the rest of the target is.
                parts.extensions = self.real.extensions.clone();
                parts.extensions.insert(OriginalUri(keyed.original));
                if keyed.is_named {
                    parts.extensions.remove::<MatchedPath>();
                    parts.extensions.remove::<NestedPath>();
                }
                parts.uri = keyed.uri;
                parts.headers = keyed.headers;
                Box::new(parts)
            });
        }
        self.rebuilt.is_some()
    }

    /// Gives the rebuilt request up: all arguments see the client's. Tells whether one was there, which some may have seen.
    pub(super) fn bypass(&mut self) -> bool {
        self.page = None;
        self.rebuilt.take().is_some()
    }

    pub(super) fn into_real(self) -> Request {
        Request::from_parts(self.real, self.body)
    }

    pub(super) fn into_keyed(self) -> Request {
        match self.rebuilt {
            Some(parts) => Request::from_parts(*parts, Body::empty()),
            None => Request::from_parts(self.real, self.body),
        }
    }

    /// The route that matched the client's request, and where its router is nested.
    pub(super) fn route(&self) -> (Option<MatchedPath>, Option<NestedPath>) {
        let extensions = &self.real.extensions;
        (extensions.get().cloned(), extensions.get().cloned())
    }

    /// What is said of a request that no client has sent.
    pub(super) fn unasked(&self) -> Option<Unasked> {
        self.real.extensions.get().copied()
    }

    /// What a key may hold of the client's request.
    pub(super) fn view(&self) -> RequestView<'_> {
        let Parts {
            uri,
            headers,
            extensions,
            ..
        } = &self.real;
        let original = extensions.get().map_or(uri, |OriginalUri(uri)| uri);
        RequestView {
            method: &self.method,
            uri,
            original,
            route: extensions.get().map(MatchedPath::as_str),
            nested: extensions.get().map(NestedPath::as_str),
            headers: RequestHeaders::of(headers),
            has_body: self.has_body(),
        }
    }

    /// In HTTP/1 the headers say whether there is a body, so that one of unknown size need not be taken for one.
    fn has_body(&self) -> bool {
        let hint = self.body.size_hint();
        match hint.upper() {
            Some(most) => most > 0,
            None => {
                hint.lower() > 0
                    || (self.real.version >= Version::HTTP_2 && !self.body.is_end_stream())
            }
        }
    }
}
