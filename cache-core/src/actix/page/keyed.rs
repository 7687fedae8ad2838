//! What an argument may read of a request.

use actix_web::test::TestRequest;
use actix_web::{Error, HttpRequest};

use crate::http::key::{Keying, Rebuilt, RequestKey};

/// A type that is read from what the key of a page holds, so that it can be an argument of a handler under
/// [`#[cache_page]`](macro@crate::actix::cache_page).
///
/// `web::Path`, `web::Query`, `web::Data`, `web::ThinData`, `Method`, `Uri` and (under `#[vary_on]`) `web::Header` implement it, and so
/// do `Option<T>` and `Result<T, actix_web::Error>` of them. Implement it for an extractor of yours, beside [`PageInput`](crate::PageInput)
/// if it reads the URL, the host and the app alone, or [`VariedInput`](crate::VariedInput) if it also reads what `#[vary_on]` names.
///
/// # Examples
///
/// ```
/// use actix_web::Error;
/// use actix_web::error::ErrorNotFound;
/// use cache_core::actix::{FromKeyed, KeyedRequest};
///
/// struct Tenant(String);
///
/// impl FromKeyed for Tenant {
///     fn from_keyed(request: &KeyedRequest<'_>) -> Result<Self, Error> {
///         let host = request.http().connection_info().host().to_owned();
///         let tenant = host.split('.').next().ok_or_else(|| ErrorNotFound("no such site"))?;
///         Ok(Self(tenant.to_owned()))
///     }
/// }
/// impl cache_core::PageInput for Tenant {}
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from what the key of a page holds",
    label = "actix-web lets nobody hide the rest of a request from this type",
    note = "arguments of a cached page are `web::Path`, `web::Query`, `web::Data`, `web::ThinData`, `Method`, `Uri`, and `web::Header` under `#[vary_on]`",
    note = "for a type of yours: `impl cache_core::actix::FromKeyed for … {{ … }}`, which gets what the key holds",
    note = "or name the argument in the key, in `guard(…)` or in `skip(…)`: then it is extracted from the client's request"
)]
pub trait FromKeyed: Sized {
    /// Reads the value.
    ///
    /// # Errors
    ///
    /// What the client gets in the place of the handler's answer. It is not kept.
    fn from_keyed(request: &KeyedRequest<'_>) -> Result<Self, Error>;

    /// The error that the app wants to be given in the place of `error`.
    #[doc(hidden)]
    fn rejection(_real: &HttpRequest, error: Error) -> Error {
        error
    }
}

/// A request of which nothing can be read but what the key of its page holds.
///
/// Where nothing is looked up, and so nothing kept, it is the client's request.
#[derive(Clone, Copy, Debug)]
pub struct KeyedRequest<'r> {
    shown: &'r HttpRequest,
    real: &'r HttpRequest,
}

impl<'r> KeyedRequest<'r> {
    pub(super) fn new(shown: &'r HttpRequest, real: &'r HttpRequest) -> Self {
        Self { shown, real }
    }

    /// The request: a `GET` of the URL, with the host, the parameters of the path, and the headers and cookies that `#[vary_on]` names. A
    /// page with `key = "…"` shows `/` in the place of its URL. It has no extensions, no address of a peer and no data of the app.
    pub fn http(&self) -> &'r HttpRequest {
        self.shown
    }

    /// Data of the app, as `HttpRequest::app_data` returns it.
    pub fn app_data<T: 'static>(&self) -> Option<&'r T> {
        self.real.app_data()
    }

    pub(super) fn real(&self) -> &'r HttpRequest {
        self.real
    }
}

/// The request that a key stands for; `None` if that is none for actix-web.
pub(super) fn shown(key: &RequestKey, rebuilt: &Rebuilt) -> Option<HttpRequest> {
    let uri = rebuilt.original.to_string();
    // What builds a request panics where it cannot read the target.
    uri.parse::<actix_web::http::Uri>().ok()?;
    let mut request = TestRequest::with_uri(&uri);
    for (name, value) in &rebuilt.headers {
        let name = actix_web::http::header::HeaderName::from_bytes(name.as_str().as_bytes());
        let value = actix_web::http::header::HeaderValue::from_bytes(value.as_bytes());
        request = request.append_header((name.ok()?, value.ok()?));
    }
    for (name, value) in Keying::parameters_of(key).unwrap_or_default() {
        request = request.param(name.to_owned(), value.to_owned());
    }
    Some(request.to_http_request())
}
