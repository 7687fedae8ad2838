//! A handler's arguments, not yet extracted.

use std::convert::Infallible;
use std::future::{Future, Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::{Error, FromRequest, HttpRequest, HttpResponse};
use http::Response;
use send_wrapper::SendWrapper;

use super::lists::{FirstArguments, LastArguments};
use super::response::{HandlerBody, of_handler};
use super::sources::TwoRequests;
use crate::http::deferred::{DeferredRequest, Extraction};
use crate::http::key::{KeyTarget, RequestKey};
use crate::http::page::Page;
use crate::http::refusal::Bypass;
use crate::http::request::RequestView;

/// The one argument of a cached page: the request, and the means to extract `E` before the look-up and `L` on a miss.
///
/// The compiler shows the name to whoever calls a page as a function: its body is `uncached` of its handle.
pub struct CallUncachedOutsideOfApps<E, L> {
    pub(super) method: Method,
    arguments: Box<dyn ErasedArguments<E, L>>,
}

pub use CallUncachedOutsideOfApps as Deferred;

impl<E, L> std::fmt::Debug for Deferred<E, L> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Deferred").finish_non_exhaustive()
    }
}

impl<E, L> FromRequest for Deferred<E, L>
where
    E: FirstArguments + 'static,
    L: LastArguments + 'static,
{
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        ready(Ok(Self {
            method: request.method().clone(),
            arguments: Box::new(TwoRequests::new(request.clone(), payload.take())),
        }))
    }
}

/// It stays on the thread of its worker.
fn local<'a, T>(
    extraction: impl Future<Output = Result<T, Error>> + 'a,
) -> Extraction<'a, T, HandlerBody> {
    Box::pin(SendWrapper::new(async {
        extraction.await.map_err(rejection)
    }))
}

/// A request and the arguments of a handler, without a word of how they are extracted: a type that cannot be would be an error wherever
/// they are named.
trait ErasedArguments<E, L> {
    fn sources(&mut self) -> &mut TwoRequests;
    fn none(&self) -> Option<E>;
    fn before_lookup(&mut self) -> Extraction<'_, E, HandlerBody>;
    fn before_lookup_again(&mut self, arguments: E) -> Extraction<'_, E, HandlerBody>;
    fn on_miss(self: Box<Self>) -> Extraction<'static, L, HandlerBody>;
}

impl<E, L> ErasedArguments<E, L> for TwoRequests
where
    E: FirstArguments + 'static,
    L: LastArguments + 'static,
{
    fn sources(&mut self) -> &mut TwoRequests {
        self
    }

    fn none(&self) -> Option<E> {
        E::none()
    }

    fn before_lookup(&mut self) -> Extraction<'_, E, HandlerBody> {
        local(E::extract(self))
    }

    fn before_lookup_again(&mut self, arguments: E) -> Extraction<'_, E, HandlerBody> {
        local(arguments.extract_again(self))
    }

    fn on_miss(mut self: Box<Self>) -> Extraction<'static, L, HandlerBody> {
        local(async move { L::extract(&mut self).await })
    }
}

/// The answer of an extractor that rejects the request.
fn rejection(error: Error) -> Response<HandlerBody> {
    of_handler(HttpResponse::from_error(error))
}

impl<E, L> DeferredRequest<E, L> for Deferred<E, L> {
    type Body = HandlerBody;

    fn keyed_by(&mut self, page: &'static Page, personal: bool) {
        self.arguments.sources().keyed_by(page, personal);
    }

    fn none(&self) -> Option<E> {
        self.arguments.none()
    }

    fn before_lookup(&mut self) -> Extraction<'_, E, HandlerBody> {
        self.arguments.before_lookup()
    }

    fn before_lookup_again(&mut self, arguments: E) -> Extraction<'_, E, HandlerBody> {
        self.arguments.before_lookup_again(arguments)
    }

    fn on_miss(self) -> Extraction<'static, L, HandlerBody> {
        self.arguments.on_miss()
    }

    fn view(&mut self) -> RequestView<'_> {
        self.arguments.sources().view()
    }

    fn target<'n>(&mut self, name: Option<&'n [u8]>) -> Result<KeyTarget<'n>, Bypass> {
        Ok(self.arguments.sources().target(name))
    }

    fn rebuild(&mut self, key: &RequestKey) -> bool {
        self.arguments.sources().rebuild(key)
    }

    fn bypass(&mut self) -> bool {
        self.arguments.sources().bypass()
    }
}
