//! A handler's arguments, not yet extracted.

use std::convert::Infallible;
use std::future::{Future, Ready, ready};
use std::marker::PhantomData;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::{Error, FromRequest, HttpRequest, HttpResponse};
use http::Response;

use super::lists::{FirstArguments, LastArguments};
use super::response::{HandlerBody, of_handler};
use super::sources::Sources;
use crate::http::key::{KeyTarget, RequestKey};
use crate::http::page::Page;
use crate::http::refusal::Bypass;
use crate::http::request::RequestView;
use crate::http::serve::DeferredRequest;

/// The one argument of a cached page: the request, and the means to extract `E` before the look-up and `L` on a miss.
///
/// The compiler shows the name to whoever calls a page as a function: its body is `uncached` of its handle.
pub struct CallUncachedOutsideOfApps<E, L> {
    pub(super) sources: Sources,
    pub(super) method: Method,
    lists: PhantomData<fn() -> (E, L)>,
}

pub use CallUncachedOutsideOfApps as Deferred;

impl<E, L> std::fmt::Debug for Deferred<E, L> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Deferred").finish_non_exhaustive()
    }
}

impl<E: FirstArguments, L: LastArguments> FromRequest for Deferred<E, L> {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        ready(Ok(Self {
            method: request.method().clone(),
            sources: Sources::new(request.clone(), payload.take()),
            lists: PhantomData,
        }))
    }
}

type LocalExtraction<'a, T> = Pin<Box<dyn Future<Output = Result<T, Response<HandlerBody>>> + 'a>>;

/// The answer of an extractor that rejects the request.
pub(super) fn rejection(error: Error) -> Response<HandlerBody> {
    of_handler(HttpResponse::from_error(error))
}

impl<E, L> DeferredRequest<E, L> for Deferred<E, L>
where
    E: FirstArguments + 'static,
    L: LastArguments + 'static,
{
    type Body = HandlerBody;
    type Extraction<'a, T>
        = LocalExtraction<'a, T>
    where
        T: 'a;

    fn keyed_by(&mut self, page: &'static Page, personal: bool) {
        self.sources.keyed_by(page, personal);
    }

    fn none(&self) -> Option<E> {
        E::none()
    }

    fn before_lookup(&mut self) -> LocalExtraction<'_, E> {
        Box::pin(async { E::extract(&mut self.sources).await.map_err(rejection) })
    }

    fn before_lookup_again(&mut self, arguments: E) -> LocalExtraction<'_, E> {
        Box::pin(async {
            let again = arguments.extract_again(&mut self.sources).await;
            again.map_err(rejection)
        })
    }

    fn on_miss(mut self) -> LocalExtraction<'static, L> {
        Box::pin(async move { L::extract(&mut self.sources).await.map_err(rejection) })
    }

    fn view(&mut self) -> RequestView<'_> {
        self.sources.view()
    }

    fn target<'n>(&mut self, name: Option<&'n [u8]>) -> Result<KeyTarget<'n>, Bypass> {
        Ok(self.sources.target(name))
    }

    fn rebuild(&mut self, key: &RequestKey) -> bool {
        self.sources.rebuild(key)
    }

    fn bypass(&mut self) -> bool {
        self.sources.bypass()
    }
}
