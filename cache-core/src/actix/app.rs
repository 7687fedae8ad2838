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

use super::body::CachedAppBody;
use super::convert::request_of;
use super::request::{App, ClientRequest, give};
use super::workers;
use crate::http::body::AnswerBody;
use crate::tower::CachePageLayer;
use crate::tower::page::asked::LayerAnswer;
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
        let Some(asked) = request_of(&request) else {
            let error = actix_web::error::ErrorBadRequest("the head of the request cannot be read");
            return CachedAppFuture::ready(Err(error));
        };
        let (mut request, mut sent) = (Some(request), None);
        let app = || {
            let request = request.take().expect("it is asked once");
            App::new(sent.insert(ClientRequest::new(self.app.clone(), request)))
        };
        match (self.cache.ask(asked, app), request, sent) {
            (LayerAnswer::Ready(answer), Some(request), _) => {
                let client = request.into_parts().0;
                CachedAppFuture::ready(give(client, answer.map(AnswerBody::Whole)))
            }
            (LayerAnswer::Load(load), _, Some(sent)) => CachedAppFuture::load(async move {
                let answer = load.await.map_err(send_wrapper::SendWrapper::take)?;
                sent.answer(answer)
            }),
            _ => unreachable!("what is loaded has asked for the app, and nothing else has"),
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
