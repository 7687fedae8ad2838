//! Caches that do as RFC 9111 says.

use std::time::Duration;

use actix_web::http::Version;
use actix_web::http::header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH};
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, HttpRequest, HttpResponse, web};
use cache_core::actix::CachePage;
use cache_core::testing::Clock;

use crate::support::{ask, get, run, seen, try_ask};

#[actix_web::test]
async fn responses_say_how_long_they_are_kept() {
    async fn page(request: HttpRequest) -> HttpResponse {
        let life = (CACHE_CONTROL, request.query_string().to_owned());
        HttpResponse::Ok()
            .insert_header(life)
            .body(format!("run {}", run()))
    }
    let app = App::new()
        .default_service(web::to(page))
        .wrap(CachePage::shared());
    let (clock, app) = (Clock::freeze(), init_service(app).await);
    let first = get(&app, "/?max-age=60").await;
    first.assert_says("stored");
    clock.advance(Duration::from_secs(59));
    let hit = get(&app, "/?max-age=60").await;
    assert_eq!(
        (hit.assert_hit().field("age"), &hit.body),
        ("59".to_owned(), &first.body)
    );
    clock.advance(Duration::from_secs(2));
    assert_ne!(get(&app, "/?max-age=60").await.body, first.body);
    get(&app, "/?no-store").await.assert_says("detail=no-store");
    get(&app, "/?private").await.assert_says("detail=private");
}

/// The origin gets the request as the client wrote it.
#[actix_web::test]
async fn a_request_comes_to_the_app_as_it_was_written() {
    let app = App::new()
        .default_service(web::to(seen))
        .wrap(CachePage::shared());
    let app = init_service(app).await;
    let request = TestRequest::get()
        .uri("/%41?b=2&a=1")
        .append_header(("x-list", "1"))
        .append_header(("x-list", "2"));
    let answer = ask(&app, request).await;
    assert!(
        answer
            .body
            .contains("GET /%41?b=2&a=1 [x-list=1, x-list=2]"),
        "{answer:?}"
    );
}

#[actix_web::test]
async fn what_is_past_its_life_is_validated() {
    async fn page(request: HttpRequest) -> HttpResponse {
        let path = request.path().to_owned();
        let known = request.headers().get(IF_NONE_MATCH).is_some();
        let mut answer = match (known, path.as_str()) {
            (true, "/in/same") => HttpResponse::NotModified(),
            // It is about something that the cache does not have.
            (true, "/in/other") => {
                let mut answer = HttpResponse::NotModified();
                answer.insert_header((ETAG, "\"another\""));
                return answer.finish();
            }
            _ => HttpResponse::Ok(),
        };
        answer.insert_header((CACHE_CONTROL, "max-age=60"));
        answer.insert_header((ETAG, "\"one\""));
        answer.body(format!("run {}", run()))
    }
    let app = App::new()
        .service(web::scope("/in").route("/{name}", web::to(page)))
        .wrap(CachePage::shared());
    let (clock, app) = (Clock::freeze(), init_service(app).await);
    let (same, other) = (get(&app, "/in/same").await, get(&app, "/in/other").await);
    clock.advance(Duration::from_secs(61));
    let confirmed = get(&app, "/in/same").await;
    confirmed
        .assert_says("fwd=stale")
        .assert_says("fwd-status=304");
    assert_eq!((confirmed.status, &confirmed.body), (200, &same.body));
    get(&app, "/in/same").await.assert_hit();
    let anew = get(&app, "/in/other").await;
    assert_eq!(anew.status, 200);
    assert_ne!(anew.body, other.body);
}

/// By HTTP/2 nothing but the end of the stream tells that there is no body.
#[actix_web::test]
async fn a_body_that_no_header_announces_is_in_no_answer() {
    let app = App::new()
        .default_service(web::to(seen))
        .wrap(CachePage::new("10m"));
    let app = init_service(app).await;
    let request = || {
        let request = TestRequest::get().uri("/").version(Version::HTTP_2);
        request.set_payload("smuggled")
    };
    // The test client announces it; a client of HTTP/2 need not.
    let mut sent = request().to_request();
    sent.headers_mut().remove("content-length");
    let response = actix_web::test::call_service(&app, sent).await;
    let answer = crate::support::Answer::of(response).await;
    assert!(
        !answer.assert_says("stored").body.contains("smuggled"),
        "{answer:?}"
    );
    let announced = request().insert_header(("content-length", "8"));
    let answer = ask(&app, announced).await;
    assert!(answer.body.contains("smuggled"), "{answer:?}");
    answer.assert_says("fwd=");
    assert!(!answer.cache().contains("stored"), "{answer:?}");
}

/// What the cache cannot hold is refused, and nothing panics.
#[actix_web::test]
async fn a_head_of_more_fields_than_a_map_holds_is_refused() {
    let app = App::new()
        .default_service(web::to(seen))
        .wrap(CachePage::new("10m"));
    let app = init_service(app).await;
    let fields = (0..40_000).fold(TestRequest::get(), |request, _| {
        request.append_header(("x-many", "1"))
    });
    let refused = try_ask(&app, fields).await.unwrap_err();
    assert_eq!(refused.as_response_error().status_code(), 400);
}
