//! `#[cache_page]` on handlers.

use std::time::Duration;

use actix_web::dev::Service;
use actix_web::error::ErrorBadRequest;
use actix_web::http::header::ContentType;
use actix_web::http::{Method, Uri};
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, Error, HttpResponse, Responder, web};
use cache_core::actix::cache_page;
use cache_core::testing::Clock;

use crate::support::{ask, get, get_with, run, site};

#[actix_web::test]
async fn a_hit_runs_neither_the_body_nor_its_extractors() {
    #[cache_page(ttl = "5m")]
    async fn page(name: web::Path<String>) -> impl Responder {
        HttpResponse::Ok()
            .content_type(ContentType::plaintext())
            .insert_header(("x-own", "1"))
            .body(format!("{name} run {}", run()))
    }
    let clock = Clock::freeze();
    let app = site!("/{name}", page);
    let first = get(&app, "/a").await;
    first.assert_says("fwd=uri-miss; stored");
    assert!(first.body.starts_with("a run "), "{first:?}");
    clock.advance(Duration::from_secs(10));
    let again = get(&app, "/a").await;
    assert_eq!(again.assert_hit().body, first.body);
    for name in ["content-type", "x-own", "etag"] {
        assert_eq!(again.field(name), first.field(name), "{name}");
    }
    assert_eq!(again.field("age"), "10");
    assert_ne!(get(&app, "/b").await.body, first.body);
    clock.advance(Duration::from_secs(300));
    assert_ne!(get(&app, "/a").await.body, first.body);
    assert_eq!((page::stats().hits, page::stats().loads), (1, 3));
}

#[actix_web::test]
async fn head_and_conditions_are_answered_from_the_page_of_a_get() {
    #[cache_page(ttl = "5m")]
    async fn page() -> String {
        format!("run {}", run())
    }
    let app = site!(page);
    let head = ask(&app, TestRequest::default().method(Method::HEAD)).await;
    head.assert_says("stored");
    let first = get(&app, "/").await;
    first.assert_hit();
    let head = ask(&app, TestRequest::default().method(Method::HEAD)).await;
    assert_eq!(head.assert_hit().body, "");
    assert_eq!(head.field("etag"), first.field("etag"));
    let tag = first.field("etag");
    let known = get_with(&app, "/", &[("if-none-match", &tag)]).await;
    assert_eq!((known.status, known.body.as_str()), (304, ""));
    assert_eq!(known.field("etag"), tag);
}

#[actix_web::test]
async fn what_is_not_looked_up_runs_on_the_client_s_request() {
    #[cache_page(ttl = "5m", query = ["a"])]
    async fn page(method: Method, uri: Uri) -> String {
        format!("{method} {uri} run {}", run())
    }
    let app = site!(page);
    let first = get(&app, "/x?a=1").await;
    let posted = ask(&app, TestRequest::post().uri("/x?b=2&a=1")).await;
    posted.assert_says("fwd=method");
    assert!(posted.body.starts_with("POST /x?b=2&a=1 run"), "{posted:?}");
    let after = get(&app, "/x?a=1").await;
    assert_ne!(after.body, first.body);
    let credentials = get_with(&app, "/x?a=1&b=2", &[("authorization", "Basic eDp5")]).await;
    credentials.assert_says("detail=authorization");
    assert!(
        credentials.body.starts_with("GET /x?a=1&b=2"),
        "{credentials:?}"
    );
    let body = TestRequest::get().uri("/x?a=1").set_payload("x");
    ask(&app, body).await.assert_says("detail=request-body");
    let two_hosts = [("host", "a.example"), ("host", "b.example")];
    get_with(&app, "/x?a=1", &two_hosts)
        .await
        .assert_says("detail=host");
    assert_eq!(get(&app, "/x?a=1").await.assert_hit().body, after.body);
}

#[actix_web::test]
async fn errors_and_rejections_are_not_kept() {
    #[cache_page(ttl = "5m")]
    async fn page(number: web::Path<u32>) -> Result<String, Error> {
        if *number == 13 {
            return Err(ErrorBadRequest(format!("run {}", run())));
        }
        Ok(format!("run {}", run()))
    }
    let config = web::PathConfig::default().error_handler(|_, request| {
        let seen = format!("{:?} {}", request.headers().get("x-user"), run());
        ErrorBadRequest(seen)
    });
    let app = App::new()
        .app_data(config)
        .route("/{number}", web::get().to(page));
    let app = init_service(app).await;
    for path in ["/13", "/thirteen"] {
        let first = get_with(&app, path, &[("x-user", "1")]).await;
        assert_eq!(first.status, 400);
        assert_ne!(get(&app, path).await.body, first.body, "{path}");
    }
    // The app's own answer to what cannot be read sees the client's request.
    let rejected = get_with(&app, "/x", &[("x-user", "1")]).await;
    assert!(rejected.body.starts_with("Some(\"1\")"), "{rejected:?}");
    get(&app, "/14").await.assert_says("stored");
}

#[actix_web::test]
async fn hosts_and_what_routers_matched_are_apart() {
    #[cache_page(ttl = "5m")]
    async fn page(name: web::Path<String>) -> String {
        format!("{name:?} run {}", run())
    }
    let app = App::new()
        .wrap_fn(|mut request, app| {
            if let Some(value) = request.headers().get("x-path") {
                let value = value.to_str().unwrap().parse::<Uri>().unwrap();
                request.match_info_mut().get_mut().update(&value);
            }
            app.call(request)
        })
        .route("/{name}", web::get().to(page));
    let app = init_service(app).await;
    let first = get_with(&app, "/a", &[("host", "a.example")]).await;
    let other = get_with(&app, "/a", &[("host", "b.example")]).await;
    assert_ne!(first.body, other.body);
    let rewritten = get_with(&app, "/a", &[("host", "a.example"), ("x-path", "/b")]).await;
    assert!(rewritten.body.contains("\"b\""), "{rewritten:?}");
    let again = get_with(&app, "/a", &[("host", "a.example")]).await;
    assert_eq!(again.assert_hit().body, first.body);
}
