//! The two requests that a page's arguments are extracted from.

use ::axum::body::Body;
use ::axum::extract::Request;
use ::http::request::Parts;

/// The client's request, and the one rebuilt from the page's key when somebody asks for it.
pub struct Sources {
    real: Parts,
    body: Body,
    rebuilt: Option<Parts>,
    bypass: bool,
}

impl Sources {
    pub(super) fn new(request: Request) -> Self {
        let (real, body) = request.into_parts();
        Self { real, body, rebuilt: None, bypass: false }
    }

    /// The client's request.
    pub(super) fn real(&mut self) -> &mut Parts {
        &mut self.real
    }

    /// The rebuilt request; the client's own where the page is not cached.
    pub(super) fn keyed(&mut self) -> &mut Parts {
        if self.bypass { &mut self.real } else { self.rebuilt.get_or_insert_with(|| self.real.clone()) }
    }

    pub(super) fn into_real(self) -> Request {
        Request::from_parts(self.real, self.body)
    }

    pub(super) fn into_keyed(mut self) -> Request {
        if self.bypass {
            return self.into_real();
        }
        self.keyed();
        Request::from_parts(self.rebuilt.unwrap_or(self.real), Body::empty())
    }
}
