//! The two requests that a page's arguments are extracted from.

use actix_web::HttpRequest;
use actix_web::dev::Payload;

use super::keyed::{KeyedRequest, shown};
use crate::actix::asked::AskedHead;
use crate::actix::convert::is_without_body;
use crate::http::key::parameters::Parameters;
use crate::http::key::{KeyTarget, RequestKey};
use crate::http::page::Page;
use crate::http::request::RequestView;

/// The client's request, and the one rebuilt from the page's key.
pub struct TwoRequests {
    real: HttpRequest,
    payload: Payload,
    asked: AskedHead,
    /// The page that keys the request.
    page: Option<&'static Page>,
    /// Whether what the page's key holds is for one visitor.
    personal: bool,
    rebuilt: Option<HttpRequest>,
}

impl TwoRequests {
    pub(super) fn new(real: HttpRequest, payload: Payload) -> Self {
        Self {
            asked: AskedHead::unread(),
            real,
            payload,
            page: None,
            personal: false,
            rebuilt: None,
        }
    }

    /// Lets arguments see the request as `page` keys it.
    pub(super) fn keyed_by(&mut self, page: &'static Page, personal: bool) {
        // What the cache cannot read is not looked up.
        self.asked = match AskedHead::of(self.real.head(), Some(page.rules().varied())) {
            Some(asked) => {
                if is_without_body(self.real.head()) {
                    self.payload = Payload::None;
                }
                asked
            }
            None => AskedHead::unread(),
        };
        self.page = Some(page);
        self.personal = personal;
    }

    /// The client's request and its body, for what reads more than the key holds.
    pub(super) fn real(&mut self) -> (&HttpRequest, &mut Payload) {
        (&self.real, &mut self.payload)
    }

    /// The rebuilt request; the client's own where nothing is looked up, because then nothing is kept.
    pub(super) fn keyed(&mut self) -> KeyedRequest<'_> {
        if self.rebuilt.is_none()
            && let Some(page) = self.page
            && let target = self.target(page.rules().is_named.then_some(&[][..]))
            && let Ok(key) = page.rules().key(&self.view(), Ok(target), self.personal)
        {
            self.rebuild(&key);
        }
        KeyedRequest::new(self.rebuilt.as_ref().unwrap_or(&self.real), &self.real)
    }

    pub(super) fn view(&self) -> RequestView<'_> {
        self.asked.view(self.real.head())
    }

    pub(super) fn target<'n>(&self, name: Option<&'n [u8]>) -> KeyTarget<'n> {
        match name {
            Some(name) => KeyTarget::Name(name),
            None => KeyTarget::Url(Parameters::of(self.real.match_info().iter())),
        }
    }

    pub(super) fn rebuild(&mut self, key: &RequestKey) -> bool {
        if self.rebuilt.is_none() {
            let rebuilt = self.page.and_then(|page| page.rules().keying.rebuild(key));
            self.rebuilt = rebuilt.and_then(|rebuilt| shown(key, &rebuilt));
        }
        self.rebuilt.is_some()
    }

    pub(super) fn bypass(&mut self) -> bool {
        self.page = None;
        self.rebuilt.take().is_some()
    }
}
