//! A request on its way through a cache to the app behind it, and back.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;

use actix_web::body::MessageBody;
use actix_web::dev::{
    ConnectionInfo, Path, Payload, Service, ServiceRequest, ServiceResponse, Url,
};
use actix_web::error::ErrorInternalServerError;
use actix_web::http::header::HeaderMap as ActixHeaders;
use actix_web::http::{Method, Uri, Version};
use actix_web::test::TestRequest;
use actix_web::{Error, HttpMessage, HttpRequest, HttpResponse};
use http::{Request, Response};
use send_wrapper::SendWrapper;

use super::body::{AppBody, CachedAppBody};
use super::convert::{
    Applied, NoBody, answer_of, apply, is_without_body, ready_answer_of, response_of, unreadable,
};
use super::fields::SentFields;
use crate::http::body::AnswerBody;
use crate::http::exchange::origin::OriginService;
use crate::http::ready::ReadyAnswer;

/// A request of a client, which the cache may send to the app. All of it stays on the thread of its worker.
pub(super) struct ClientRequest<S> {
    app: Rc<S>,
    place: RefCell<Place>,
    sent: RefCell<Option<SentHead>>,
}

/// Where the request is.
enum Place {
    Here(ServiceRequest),
    /// With the app, or lost in it.
    InApp,
    /// The app has answered it.
    Back(HttpRequest, Applied),
}

/// The head of a request as it came. What the app gets may lack some of it, and cannot be changed back while the app refers to it.
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
            place: RefCell::new(Place::Here(real)),
            sent: RefCell::new(None),
        })
    }

    /// The answer of the cache for the client of this request.
    pub(super) fn answer<B: MessageBody>(
        self: &Rc<Self>,
        answer: Response<AnswerBody<AppBody<B>>>,
    ) -> Result<ServiceResponse<CachedAppBody<B>>, Error> {
        give(self.client(), answer)
    }

    /// The request that an answer refers to: the client's own, or a stand-in where the app has that or got it with another head.
    fn client(self: &Rc<Self>) -> HttpRequest {
        match self.place.replace(Place::InApp) {
            Place::Here(real) if Rc::strong_count(self) == 1 => real.into_parts().0,
            // The cache sends it when its client has the answer, and the app wants it for itself.
            Place::Here(real) => {
                let client = SentHead::of(&real).stand_in();
                self.place.replace(Place::Here(real));
                client
            }
            Place::Back(client, Applied::Unchanged) => client,
            Place::Back(back, Applied::Changed) => {
                let client = self.stand_in();
                std::mem::swap(&mut *client.extensions_mut(), &mut *back.extensions_mut());
                // The app has read it from what it was shown.
                client.extensions_mut().remove::<ConnectionInfo>();
                client
            }
            Place::InApp => self.stand_in(),
        }
    }

    fn stand_in(&self) -> HttpRequest {
        let sent = self.sent.take().map(SentHead::stand_in);
        sent.unwrap_or_else(|| TestRequest::default().to_http_request())
    }

    /// The request, to be sent; `None` while it is with the app.
    fn take(&self) -> Option<ServiceRequest> {
        match self.place.replace(Place::InApp) {
            Place::Here(mut real) => {
                if is_without_body(real.head()) {
                    real.set_payload(Payload::None);
                }
                self.sent.replace(Some(SentHead::of(&real)));
                Some(real)
            }
            Place::Back(client, _) => {
                let mut real = ServiceRequest::from_request(client);
                if let Some(sent) = &*self.sent.borrow() {
                    *real.match_info_mut() = sent.path.clone();
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

    /// A request with this head, and without the app's data and resources.
    fn stand_in(self) -> HttpRequest {
        let request = TestRequest::default()
            .method(self.method)
            .uri(&self.uri.to_string())
            .version(self.version);
        let request = match self.peer {
            Some(peer) => request.peer_addr(peer),
            None => request,
        };
        let headers = self.headers.into_iter();
        let request = headers.fold(request, TestRequest::append_header);
        request.to_http_request()
    }
}

/// The answer of the cache to a request, as it was loaded.
fn give<B: MessageBody>(
    client: HttpRequest,
    answer: Response<AnswerBody<AppBody<B>>>,
) -> Result<ServiceResponse<CachedAppBody<B>>, Error> {
    let answer = answer_of(client.method(), answer).ok_or_else(unreadable)?;
    Ok(ServiceResponse::new(client, answer))
}

/// The answer that was in the cache to a request.
pub(super) fn give_ready<B: MessageBody>(
    client: HttpRequest,
    answer: ReadyAnswer<SentFields>,
) -> Result<ServiceResponse<CachedAppBody<B>>, Error> {
    let answer = ready_answer_of(client.method(), answer).ok_or_else(unreadable)?;
    Ok(ServiceResponse::new(client, answer))
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
        let Some(mut real) = self.take() else {
            return Err(ErrorInternalServerError("the request is with the app"));
        };
        let applied = apply(&mut real, &request).ok_or_else(unreadable)?;
        let (client, response): (_, HttpResponse<B>) = self.app.call(real).await?.into_parts();
        self.place.replace(Place::Back(client, applied));
        response_of(response).ok_or_else(unreadable)
    }
}
