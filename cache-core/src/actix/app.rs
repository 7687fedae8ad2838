//! The middleware.

use std::fmt;
use std::future::{Ready, ready};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::error::ErrorBadRequest;

use super::asked::AskedHead;
use super::body::CachedAppBody;
use super::convert::{request_of, routed};
use super::fields::SentFields;
use super::request::{App, ClientRequest, give_ready};
use super::workers;
use crate::tower::CachePageLayer;
use crate::tower::page::asked::{LayerLookup, LayerMiss};
use crate::tower::page::options::LayerCache;

/// An app with a cache in front of it, made by [`CachePage`](super::CachePage).
pub struct CachedApp<S> {
    app: Rc<S>,
    cache: Arc<LayerCache>,
}

impl<S, B, M> Transform<S, ServiceRequest> for CachePageLayer<M>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<CachedAppBody<B>>;
    type Error = Error;
    type Transform = CachedApp<S>;
    type InitError = ();
    type Future = Ready<Result<CachedApp<S>, ()>>;

    /// # Panics
    ///
    /// If it was made in the closure of `HttpServer::new`.
    fn new_transform(&self, app: S) -> Self::Future {
        workers::assert_shared(self.made_on(), "CachePage::new(…)");
        ready(Ok(CachedApp {
            app: Rc::new(app),
            cache: self.handle(),
        }))
    }
}

impl<S, B> Service<ServiceRequest> for CachedApp<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<CachedAppBody<B>>;
    type Error = Error;
    type Future = CachedAppFuture<B>;

    fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.app.poll_ready(context)
    }

    fn call(&self, request: ServiceRequest) -> Self::Future {
        match self.look_up(&request) {
            None => CachedAppFuture::unreadable(),
            Some(LayerLookup::Answer(answer)) => {
                let client = request.into_parts().0;
                CachedAppFuture::ready(give_ready(client, answer))
            }
            Some(LayerLookup::Missing(miss)) => {
                let Some(asked) = request_of(&request) else {
                    return CachedAppFuture::unreadable();
                };
                let sent = ClientRequest::new(self.app.clone(), request);
                let load = self.cache.load(asked, miss, App::new(&sent));
                CachedAppFuture::load(async move {
                    let answer = load.await.map_err(send_wrapper::SendWrapper::take)?;
                    sent.answer(answer)
                })
            }
        }
    }
}

impl<S> CachedApp<S> {
    /// Looks for an answer, and with all fields of the request only where it depends on them; `None` if the cache could not read them.
    fn look_up(&self, request: &ServiceRequest) -> Option<LayerLookup<SentFields>> {
        let look_up = |asked: &AskedHead| {
            let view = asked.view(request.head());
            self.cache.look_up(&view, routed(request))
        };
        match look_up(&AskedHead::of(request.head(), self.cache.varied())?) {
            LayerLookup::Missing(LayerMiss::Unseen) => {
                Some(look_up(&AskedHead::whole(request.head())?))
            }
            looked_up => Some(looked_up),
        }
    }
}

impl<S> fmt::Debug for CachedApp<S> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("CachedApp").finish_non_exhaustive()
    }
}

type AppAnswer<B> = Result<ServiceResponse<CachedAppBody<B>>, Error>;

/// The response of a [`CachedApp`].
pub struct CachedAppFuture<B: MessageBody>(AnswerState<B>);

enum AnswerState<B: MessageBody> {
    /// It is there; `None` once it was given.
    Ready(Option<AppAnswer<B>>),
    Load(Pin<Box<dyn Future<Output = AppAnswer<B>>>>),
}

impl<B: MessageBody> CachedAppFuture<B> {
    fn unreadable() -> Self {
        Self::ready(Err(ErrorBadRequest(
            "the head of the request cannot be read",
        )))
    }

    fn ready(answer: AppAnswer<B>) -> Self {
        Self(AnswerState::Ready(Some(answer)))
    }

    fn load(load: impl Future<Output = AppAnswer<B>> + 'static) -> Self {
        Self(AnswerState::Load(Box::pin(load)))
    }
}

// The parts of it are boxed, or moved out.
impl<B: MessageBody> Unpin for CachedAppFuture<B> {}

impl<B: MessageBody> Future for CachedAppFuture<B> {
    type Output = AppAnswer<B>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<AppAnswer<B>> {
        match &mut self.0 {
            AnswerState::Ready(answer) => Poll::Ready(answer.take().expect("polled after its end")),
            AnswerState::Load(load) => load.as_mut().poll(context),
        }
    }
}

impl<B: MessageBody> fmt::Debug for CachedAppFuture<B> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("CachedAppFuture").finish_non_exhaustive()
    }
}
