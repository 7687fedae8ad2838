//! Caches that do as RFC 9111 says.

use std::time::Duration;

use actix_web::http::header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH, RANGE, VARY};
use actix_web::http::{Method, Version};
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

/// Most fields of a request are not read before a response says that it varies on them.
#[actix_web::test]
async fn each_request_gets_the_variant_that_its_fields_select() {
    async fn page(request: HttpRequest) -> HttpResponse {
        let fields = request.headers().get_all("x-kind");
        let kinds: Vec<_> = fields.map(|kind| kind.to_str().unwrap_or("?")).collect();
        HttpResponse::Ok()
            .insert_header((CACHE_CONTROL, "max-age=60"))
            .insert_header((VARY, "X-Kind"))
            .body(format!("run {} of {kinds:?}", run()))
    }
    let app = App::new()
        .default_service(web::to(page))
        .wrap(CachePage::shared());
    let app = init_service(app).await;
    let of = async |kinds: &[&str]| {
        let request = TestRequest::get().uri("/");
        let request = kinds.iter().fold(request, |request, kind| {
            request.append_header(("x-kind", *kind))
        });
        ask(&app, request).await
    };
    let kinds = [&["a"][..], &["b"], &["a", "b"], &[""], &[]];
    let mut first = Vec::new();
    for kinds in kinds {
        let answer = of(kinds).await;
        answer.assert_says("stored");
        assert!(
            answer.body.ends_with(&format!("of {kinds:?}")),
            "{answer:?}"
        );
        first.push(answer.body);
    }
    for (kinds, first) in kinds.into_iter().zip(&first) {
        assert_eq!(of(kinds).await.assert_hit().body, *first);
    }
}

#[actix_web::test]
async fn hits_of_one_second_say_the_same_and_those_of_the_next_are_older() {
    async fn page() -> HttpResponse {
        HttpResponse::Ok()
            .insert_header((CACHE_CONTROL, "max-age=60"))
            .insert_header((ETAG, "\"one\""))
            .append_header(("x-own", "1"))
            .append_header(("x-own", "2"))
            .body("page")
    }
    let app = App::new()
        .default_service(web::to(page))
        .wrap(CachePage::shared());
    let (clock, app) = (Clock::freeze(), init_service(app).await);
    get(&app, "/").await.assert_says("stored");
    let known = || {
        let request = TestRequest::get().uri("/");
        request.append_header((IF_NONE_MATCH, "\"one\""))
    };
    for age in ["0", "1", "2"] {
        for _ in 0..2 {
            let hit = get(&app, "/").await;
            assert_eq!(hit.assert_hit().field("age"), age);
            let own: Vec<_> = hit.headers.get_all("x-own").iter().collect();
            assert_eq!(own, ["1", "2"]);
            assert_eq!(hit.body, "page");
            let unchanged = ask(&app, known()).await;
            assert_eq!((unchanged.status, &*unchanged.body), (304, ""));
            assert_eq!(unchanged.assert_hit().field("age"), age);
            assert!(!unchanged.headers.contains_key("x-own"));
            let head = ask(&app, TestRequest::default().method(Method::HEAD)).await;
            assert_eq!(head.assert_hit().field("content-length"), "4");
            let request = TestRequest::get().append_header((RANGE, "bytes=1-2"));
            let part = ask(&app, request).await;
            assert_eq!((part.status, &*part.body), (206, "ag"));
            assert_eq!(part.assert_hit().field("content-range"), "bytes 1-2/4");
        }
        clock.advance(Duration::from_secs(1));
    }
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
