//! Responses that serve past their life, and what goes on behind their clients.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix_http::Request;
use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::header::CACHE_CONTROL;
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App, Error, HttpRequest, HttpResponse, web};
use cache_core::actix::CachePage;
use cache_core::drain;
use cache_core::testing::Clock;
use cache_tests::{Gate, within};

use crate::support::{Answer, ask, get, run};

const SOON: Duration = Duration::from_secs(20);

fn page(life: &str) -> HttpResponse {
    let life = (CACHE_CONTROL, life.to_owned());
    HttpResponse::Ok()
        .insert_header(life)
        .body(format!("run {}", run()))
}

#[actix_web::test]
async fn a_stale_response_serves_while_the_app_makes_another() {
    let app = App::new()
        .app_data(web::Data::new("data"))
        .service(web::scope("/in").route(
            "/{name}",
            web::get().to(async |data: web::Data<&'static str>| {
                assert_eq!(**data, "data");
                page("max-age=60, stale-while-revalidate=600")
            }),
        ))
        .wrap(CachePage::shared());
    let (clock, app) = (Clock::freeze(), init_service(app).await);
    let first = get(&app, "/in/a").await;
    clock.advance(Duration::from_secs(61));
    let request = TestRequest::get().uri("/in/a").to_request();
    let stale = call_service(&app, request).await;
    assert_eq!(stale.request().path(), "/in/a");
    let stale = Answer::of(stale).await;
    assert_eq!(stale.assert_hit().body, first.body);
    assert!(within(drain(SOON)).await);
    let anew = get(&app, "/in/a").await;
    assert_ne!(anew.assert_hit().body, first.body);
    assert_eq!(anew.field("age"), "0");
}

/// An app whose only page is past its life, and that page.
async fn with_a_stale_page() -> (
    Clock,
    impl Service<Request, Response = ServiceResponse<impl MessageBody>, Error = Error>,
    Answer,
) {
    let app = App::new()
        .default_service(web::to(async || {
            page("max-age=60, stale-while-revalidate=600")
        }))
        .wrap(CachePage::shared());
    let (clock, app) = (Clock::freeze(), init_service(app).await);
    let first = get(&app, "/").await;
    clock.advance(Duration::from_secs(61));
    (clock, app, first)
}

/// Slow readers must not keep a page old.
#[actix_web::test]
async fn an_answer_that_is_read_slowly_holds_up_no_refresh() {
    let (_clock, app, first) = with_a_stale_page().await;
    let stale = call_service(&app, TestRequest::get().to_request()).await;
    assert!(within(drain(SOON)).await);
    assert_ne!(get(&app, "/").await.assert_hit().body, first.body);
    assert_eq!(Answer::of(stale).await.body, first.body);
}

/// A stale answer whose client has gone before it took it.
#[actix_web::test]
async fn an_answer_that_nobody_takes_holds_up_no_refresh() {
    let (_clock, app, first) = with_a_stale_page().await;
    drop(call_service(&app, TestRequest::get().to_request()).await);
    assert!(within(drain(SOON)).await);
    assert_ne!(get(&app, "/").await.assert_hit().body, first.body);
}

#[actix_web::test]
async fn a_stale_response_serves_when_the_app_fails() {
    let app = App::new()
        .default_service(web::to(async |request: HttpRequest| {
            if request.headers().contains_key("x-fail") {
                return HttpResponse::InternalServerError().finish();
            }
            page("max-age=60, stale-if-error=600")
        }))
        .wrap_fn(|request, app| {
            let fails = request.headers().contains_key("x-refuse");
            let answer = app.call(request);
            async move {
                if fails {
                    return Err(actix_web::error::ErrorBadGateway("no"));
                }
                answer.await
            }
        })
        .wrap(CachePage::shared())
        .wrap_fn(|request, app| {
            let answer = app.call(request);
            async move {
                let mut answer = answer.await?;
                let request = answer.request();
                let fields = request.headers().len();
                let seen = format!("{} {} {fields}", request.method(), request.uri());
                let name = actix_web::http::header::HeaderName::from_static("x-outer");
                answer.headers_mut().insert(name, seen.parse().unwrap());
                Ok(answer)
            }
        });
    let (clock, app) = (Clock::freeze(), init_service(app).await);
    for how in ["x-fail", "x-refuse"] {
        let path = format!("/{how}?q=1");
        let first = get(&app, &path).await;
        clock.advance(Duration::from_secs(61));
        let failing = TestRequest::get().uri(&path).insert_header((how, "1"));
        let stale = ask(&app, failing).await;
        assert_eq!((stale.status, &stale.body), (200, &first.body), "{how}");
        assert_eq!(stale.field("x-outer"), format!("GET {path} 1"));
    }
}

/// What may have changed something is carried to its end; what only reads ends with its client.
#[actix_web::test]
async fn a_client_that_goes_away_ends_only_what_changes_nothing() {
    let (gate, ended) = (Arc::new(Gate::closed()), Rc::new(Cell::new(0)));
    let handler = {
        let (gate, ended) = (gate.clone(), ended.clone());
        move || {
            let (gate, ended) = (gate.clone(), ended.clone());
            async move {
                gate.pass().await;
                ended.set(ended.get() + 1);
                "done"
            }
        }
    };
    let app = App::new()
        .default_service(web::to(handler))
        .wrap(CachePage::new("10m"));
    let app = init_service(app).await;
    for request in [
        TestRequest::post().uri("/"),
        TestRequest::get().uri("/").insert_header(("cookie", "a=b")),
    ] {
        let mut answer = Box::pin(app.call(request.to_request()));
        assert!(futures_util::poll!(&mut answer).is_pending());
        drop(answer);
    }
    gate.let_go(2);
    assert!(within(drain(SOON)).await);
    assert_eq!(ended.get(), 1);
}
