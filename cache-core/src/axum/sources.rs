//! The two requests that a page's arguments are extracted from.

use ::axum::body::{Body, HttpBody};
use ::axum::extract::{MatchedPath, NestedPath, OriginalUri, Request};
use ::http::request::Parts;
use ::http::{HeaderMap, Method, Uri, Version};

use super::body::settled;
use super::parameters;
use crate::http::key::{KeyTarget, RequestKey};
use crate::http::page::Page;
use crate::http::refusal::Bypass;
use crate::http::request::{RequestView, may_look_up};

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
            && let Ok(key) = self.key(page, page.rules().is_named.then_some(&[][..]))
        {
            self.rebuild(&key);
        }
        self.rebuilt.as_deref_mut().unwrap_or(&mut self.real)
    }

    /// The key under which the request is looked up; `name` stands in the place of its path and query.
    ///
    /// # Errors
    ///
    /// The reason why it is not.
    pub(super) fn key(
        &mut self,
        page: &'static Page,
        name: Option<&[u8]>,
    ) -> Result<RequestKey, Bypass> {
        let rules = page.rules();
        may_look_up(
            &self.method,
            &self.real.headers,
            self.has_body(),
            rules.reads_credentials(self.personal),
        )?;
        let target = match name {
            Some(name) => KeyTarget::Name(name),
            None => KeyTarget::Url(parameters::of(&mut self.real)?),
        };
        rules.keying.key(&self.view(), target)
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

    pub(super) fn is_head(&self) -> bool {
        self.method == Method::HEAD
    }

    /// What the client has sent.
    pub(super) fn headers(&self) -> &HeaderMap {
        &self.real.headers
    }

    /// The client's method.
    pub(super) fn method(&self) -> &Method {
        &self.method
    }

    /// The target as the client wrote it.
    pub(super) fn original(&self) -> &Uri {
        let known = self.real.extensions.get();
        known.map_or(&self.real.uri, |OriginalUri(uri)| uri)
    }

    /// What a key may hold of the client's request.
    fn view(&self) -> RequestView<'_> {
        let extensions = &self.real.extensions;
        RequestView {
            uri: &self.real.uri,
            original: self.original(),
            route: extensions.get().map(MatchedPath::as_str),
            nested: extensions.get().map(NestedPath::as_str),
            headers: &self.real.headers,
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
