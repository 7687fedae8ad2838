//! A request on its way through a cache to the app behind it, and back.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;

use actix_web::body::MessageBody;
use actix_web::dev::{Path, Payload, Service, ServiceRequest, ServiceResponse, Url};
use actix_web::error::ErrorInternalServerError;
use actix_web::http::header::{CONTENT_LENGTH, HeaderMap as ActixHeaders};
use actix_web::http::{Method, Uri, Version};
use actix_web::test::TestRequest;
use actix_web::{Error, HttpRequest, HttpResponse};
use http::{Request, Response};
use send_wrapper::SendWrapper;
use tokio::sync::oneshot;

use super::body::{AppBody, CachedAppBody};
use super::convert::{NoBody, answer_of, apply, response_of};
use crate::http::exchange::answered::ExchangeBody;
use crate::http::exchange::origin::OriginService;

/// A request of a client, which the cache may send to the app. All of it stays on the thread of its worker.
pub(super) struct ClientRequest<S> {
    app: Rc<S>,
    place: RefCell<Place>,
    sent: RefCell<Option<SentHead>>,
}

/// Where the request is.
enum Place {
    /// Here. Where its answer was given before it is sent, the answer refers to it until this ends: the app wants it for itself.
    Here(ServiceRequest, Option<oneshot::Receiver<()>>),
    /// With the app, or lost in it.
    InApp,
    /// The app has answered it.
    Back(HttpRequest),
}

/// What remains of a request while it is with the app.
struct SentHead {
    method: Method,
    uri: Uri,
    version: Version,
    headers: ActixHeaders,
    peer: Option<SocketAddr>,
    /// The path, before the app has read it.
    path: Path<Url>,
}

impl<S> ClientRequest<S> {
    pub(super) fn new(app: Rc<S>, real: ServiceRequest) -> Rc<Self> {
        Rc::new(Self {
            app,
            place: RefCell::new(Place::Here(real, None)),
            sent: RefCell::new(None),
        })
    }

    /// The answer of the cache for the client of this request.
    pub(super) fn answer<B: MessageBody>(
        self: &Rc<Self>,
        answer: Response<ExchangeBody<AppBody<B>>>,
    ) -> Result<ServiceResponse<CachedAppBody<B>>, Error> {
        let (client, taken) = self.client();
        give(client, answer, taken)
    }

    /// The request for an answer to refer to.
    fn client(self: &Rc<Self>) -> (HttpRequest, Option<oneshot::Sender<()>>) {
        match self.place.replace(Place::InApp) {
            Place::Back(client) => (client, None),
            Place::InApp => (self.stand_in(), None),
            // The cache is done with it, or will send it when its client has the answer.
            Place::Here(real, _) => {
                let client = real.request().clone();
                let (taken, lent) = oneshot::channel();
                self.place.replace(Place::Here(real, Some(lent)));
                (client, Some(taken))
            }
        }
    }

    /// A request with the same head, for an answer to one that the app has not given back.
    fn stand_in(&self) -> HttpRequest {
        let Some(sent) = self.sent.take() else {
            return TestRequest::default().to_http_request();
        };
        let request = TestRequest::default()
            .method(sent.method)
            .uri(&sent.uri.to_string())
            .version(sent.version);
        let request = match sent.peer {
            Some(peer) => request.peer_addr(peer),
            None => request,
        };
        let headers = sent.headers.into_iter();
        let request = headers.fold(request, TestRequest::append_header);
        request.to_http_request()
    }

    /// The request, to be sent; `None` while it is with the app.
    async fn take(&self) -> Option<ServiceRequest> {
        match self.place.replace(Place::InApp) {
            Place::Here(mut real, lent) => {
                if let Some(lent) = lent {
                    // It ends with an error, when its other half is dropped.
                    let _ = lent.await;
                }
                if is_without_body(&real) {
                    real.set_payload(Payload::None);
                }
                Some(real)
            }
            Place::Back(client) => {
                let mut real = ServiceRequest::from_request(client);
                if let Some(sent) = self.sent.take() {
                    *real.match_info_mut() = sent.path;
                }
                Some(real)
            }
            Place::InApp => None,
        }
    }
}

impl SentHead {
    fn of(real: &ServiceRequest) -> Self {
        Self {
            method: real.method().clone(),
            uri: real.uri().clone(),
            version: real.version(),
            headers: real.headers().clone(),
            peer: real.peer_addr(),
            path: real.match_info().clone(),
        }
    }
}

/// Whether the body of a request is dropped, which no header announces: the key does not hold it. By HTTP/1 there is none.
fn is_without_body(real: &ServiceRequest) -> bool {
    matches!(*real.method(), Method::GET | Method::HEAD)
        && real.version() >= Version::HTTP_2
        && !real.headers().contains_key(CONTENT_LENGTH)
}

/// The answer of the cache to a request. `taken` is dropped once it was taken for the client.
pub(super) fn give<B: MessageBody>(
    client: HttpRequest,
    answer: Response<ExchangeBody<AppBody<B>>>,
    taken: Option<oneshot::Sender<()>>,
) -> Result<ServiceResponse<CachedAppBody<B>>, Error> {
    let answer = answer_of(answer, taken).ok_or_else(unreadable)?;
    Ok(ServiceResponse::new(client, answer))
}

fn unreadable() -> Error {
    ErrorInternalServerError(
        "a head that the versions 0.2 and 1 of the crate `http` read differently",
    )
}

/// The app behind a cache, as it answers one request.
pub(super) struct App<S>(SendWrapper<Rc<ClientRequest<S>>>);

impl<S> App<S> {
    pub(super) fn new(request: &Rc<ClientRequest<S>>) -> Self {
        Self(SendWrapper::new(request.clone()))
    }
}

impl<S, B> OriginService<NoBody> for App<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Body = AppBody<B>;
    type Error = SendWrapper<Error>;

    fn send(
        &mut self,
        request: Request<NoBody>,
    ) -> impl Future<Output = Result<Response<AppBody<B>>, SendWrapper<Error>>> + Send {
        let sent = (*self.0).clone().send(request);
        SendWrapper::new(async { sent.await.map_err(SendWrapper::new) })
    }
}

impl<S, B> ClientRequest<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody + 'static,
{
    async fn send(self: Rc<Self>, request: Request<NoBody>) -> Result<Response<AppBody<B>>, Error> {
        let Some(mut real) = self.take().await else {
            return Err(ErrorInternalServerError("the app has kept the request"));
        };
        let head = SentHead::of(&real);
        apply(&mut real, &request).ok_or_else(unreadable)?;
        self.sent.replace(Some(head));
        let (client, response): (_, HttpResponse<B>) = self.app.call(real).await?.into_parts();
        self.place.replace(Place::Back(client));
        response_of(response).ok_or_else(unreadable)
    }
}
