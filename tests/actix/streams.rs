//! Bodies that come by and by.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use actix_http::Request;
use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::header::CACHE_CONTROL;
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App, Error, HttpRequest, HttpResponse, web};
use bytes::Bytes;
use cache_core::actix::{CachePage, cache_page};
use cache_core::drain;
use futures_util::StreamExt;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_stream::wrappers::UnboundedReceiverStream;

use crate::support::{Answer, get};

type Part = Result<Bytes, Error>;

/// A page whose body is what is sent; the second time it is empty.
async fn streamed() -> (
    UnboundedSender<Part>,
    impl Service<Request, Response = ServiceResponse<impl MessageBody>, Error = Error>,
) {
    let (sender, parts) = unbounded_channel();
    let parts = Rc::new(RefCell::new(Some(parts)));
    let app = App::new()
        .default_service(web::to(move || {
            let answer = answer(&parts);
            async { answer }
        }))
        .wrap(CachePage::shared());
    (sender, init_service(app).await)
}

fn answer(parts: &RefCell<Option<UnboundedReceiver<Part>>>) -> HttpResponse {
    let mut answer = HttpResponse::Ok();
    answer.insert_header((CACHE_CONTROL, "max-age=60"));
    match parts.take() {
        Some(parts) => answer.streaming(UnboundedReceiverStream::new(parts)),
        None => answer.finish(),
    }
}

fn part(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}

async fn next<B: MessageBody>(body: &mut std::pin::Pin<Box<B>>) -> Option<Bytes> {
    let part = std::future::poll_fn(|context| body.as_mut().poll_next(context)).await;
    part.map(|part| part.map_err(Into::into).expect("a part"))
}

#[actix_web::test]
async fn a_body_is_stored_while_its_reader_has_it() {
    let (sender, app) = streamed().await;
    sender.send(Ok(part("one "))).unwrap();
    let response = call_service(&app, TestRequest::get().to_request()).await;
    let mut body = Box::pin(response.into_body());
    assert_eq!(body.size(), BodySize::Stream);
    assert_eq!(next(&mut body).await.as_deref(), Some(&b"one "[..]));
    sender.send(Ok(part("two"))).unwrap();
    assert_eq!(next(&mut body).await.as_deref(), Some(&b"two"[..]));
    drop(sender);
    assert_eq!(next(&mut body).await, None);
    assert!(drain(Duration::from_secs(20)).await);
    let hit = get(&app, "/").await;
    assert_eq!(hit.assert_hit().body, "one two");
}

/// The same under the attribute.
#[actix_web::test]
async fn a_page_is_kept_while_its_client_has_it() {
    thread_local! {
        static PARTS: RefCell<Option<UnboundedReceiver<Part>>> = const { RefCell::new(None) };
    }
    #[cache_page(ttl = "5m")]
    async fn page() -> HttpResponse {
        let parts = PARTS.take().expect("one run");
        HttpResponse::Ok().streaming(UnboundedReceiverStream::new(parts))
    }
    let (sender, parts) = unbounded_channel();
    PARTS.set(Some(parts));
    let app = init_service(App::new().default_service(web::to(page))).await;
    sender.send(Ok(part("one "))).unwrap();
    let response = call_service(&app, TestRequest::get().to_request()).await;
    let mut body = Box::pin(response.into_body());
    assert_eq!(body.size(), BodySize::Stream);
    assert_eq!(next(&mut body).await.as_deref(), Some(&b"one "[..]));
    drop(body);
    sender.send(Ok(part("two"))).unwrap();
    drop(sender);
    assert!(drain(Duration::from_secs(20)).await);
    let hit = get(&app, "/").await;
    assert_eq!(hit.assert_hit().body, "one two");
}

#[actix_web::test]
async fn a_body_that_breaks_is_passed_on_and_not_stored() {
    let (sender, app) = streamed().await;
    sender.send(Ok(part("one"))).unwrap();
    let response = call_service(&app, TestRequest::get().to_request()).await;
    let broken = actix_web::error::ErrorBadGateway("broken");
    sender.send(Err(broken)).unwrap();
    let mut body = Box::pin(response.into_body());
    assert!(next(&mut body).await.is_some());
    let end = std::future::poll_fn(|context| body.as_mut().poll_next(context)).await;
    let end = end.expect("an error");
    let end = end.map_err(Into::<Box<dyn std::error::Error>>::into);
    assert_eq!(end.unwrap_err().to_string(), "broken");
    assert!(drain(Duration::from_secs(20)).await);
    get(&app, "/").await.assert_says("fwd=");
}

#[actix_web::test]
async fn a_body_that_is_too_long_passes() {
    async fn long() -> HttpResponse {
        let life = (CACHE_CONTROL, "max-age=60");
        HttpResponse::Ok().insert_header(life).body("x".repeat(200))
    }
    let app = App::new()
        .default_service(web::to(long))
        .wrap(CachePage::shared().body_limit(100));
    let app = init_service(app).await;
    let response = call_service(&app, TestRequest::get().to_request()).await;
    assert_eq!(response.response().body().size(), BodySize::Sized(200));
    let answer = Answer::of(response).await;
    answer.assert_says("detail=body-too-large");
    assert_eq!(answer.body.len(), 200);
    assert_eq!(get(&app, "/").await.body.len(), 200);
}

/// Its length is known then, before it is sent.
#[actix_web::test]
async fn a_stream_that_is_there_at_once_is_stored_at_once() {
    async fn page() -> HttpResponse {
        let mut answer = HttpResponse::Ok();
        answer.insert_header((CACHE_CONTROL, "max-age=60"));
        answer
            .streaming(futures_util::stream::iter(["a", "b", "c"]).map(|text| Part::Ok(part(text))))
    }
    let app = App::new()
        .default_service(web::to(page))
        .wrap(CachePage::shared());
    let app = init_service(app).await;
    let response = call_service(&app, TestRequest::get().to_request()).await;
    assert_eq!(response.response().body().size(), BodySize::Sized(3));
    assert_eq!(Answer::of(response).await.body, "abc");
    assert_eq!(get(&app, "/").await.assert_hit().body, "abc");
}

/// actix-web writes the length of a body that has one, whatever the handler says, and middleware may make another body of it.
#[actix_web::test]
async fn a_length_that_is_not_that_of_the_body_is_not_sent() {
    async fn page(request: HttpRequest) -> HttpResponse {
        let mut answer = HttpResponse::Ok();
        answer.insert_header((CACHE_CONTROL, "max-age=60"));
        answer.insert_header(("content-length", request.query_string().to_owned()));
        answer.body("body")
    }
    for (is_post, said) in [(false, "/?100"), (false, "/?0"), (true, "/?5")] {
        let app = App::new()
            .default_service(web::to(page))
            .wrap(CachePage::shared());
        let app = init_service(app).await;
        for _ in 0..2 {
            let request = if is_post {
                TestRequest::post()
            } else {
                TestRequest::get()
            };
            let response = call_service(&app, request.uri(said).to_request()).await;
            assert_eq!(response.response().body().size(), BodySize::Sized(4));
            assert!(response.response().head().chunked());
            assert!(!response.headers().contains_key("content-length"));
            assert_eq!(Answer::of(response).await.body, "body");
        }
    }
}
