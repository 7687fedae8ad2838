//! Middleware around the cache.

use actix_web::dev::{Service, ServiceRequest};
use actix_web::http::header::CACHE_CONTROL;
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, HttpMessage, HttpRequest, HttpResponse, web};
use cache_core::actix::CachePage;

use crate::support::{ask, get, run};

/// It sees the request, and what a handler has put beside its response.
#[actix_web::test]
async fn middleware_around_the_cache_sees_requests_and_responses() {
    async fn tagged(request: HttpRequest) -> HttpResponse {
        let name = request.extensions().get::<&str>().copied();
        let mut response = HttpResponse::Ok().body(format!("{name:?}"));
        response.extensions_mut().insert(7_u8);
        response
    }
    let app = App::new()
        .default_service(web::to(tagged))
        .wrap(CachePage::new("10m"))
        .wrap_fn(|request: ServiceRequest, app| {
            request.extensions_mut().insert("outer");
            let answer = app.call(request);
            async move {
                let mut answer = answer.await?;
                let known = answer.request().extensions().get::<&str>().copied();
                let path = answer.request().path().to_owned();
                let beside = answer.response().extensions().get::<u8>().copied();
                let origin = answer.request().headers().get("origin").cloned();
                let text = format!("{path} {known:?} {beside:?} {origin:?}");
                let name = actix_web::http::header::HeaderName::from_static("x-outer");
                answer.headers_mut().insert(name, text.parse().unwrap());
                Ok(answer)
            }
        });
    let app = init_service(app).await;
    let request = || TestRequest::get().uri("/a").insert_header(("origin", "o"));
    let first = ask(&app, request()).await;
    assert_eq!(
        first.field("x-outer"),
        "/a Some(\"outer\") Some(7) Some(\"o\")"
    );
    let hit = ask(&app, request()).await;
    hit.assert_hit();
    assert_eq!(hit.field("x-outer"), "/a Some(\"outer\") None Some(\"o\")");
}

/// The app has got one of these requests as it came, and another one has waited for a third.
#[actix_web::test]
async fn an_answer_has_its_client_s_own_request_where_that_is_free() {
    let app = App::new()
        .route(
            "/{name}",
            web::get().to(async || {
                tokio::task::yield_now().await;
                "page"
            }),
        )
        .wrap(CachePage::new("10m"))
        .wrap_fn(|request: ServiceRequest, app| {
            request.extensions_mut().insert("outer");
            let answer = app.call(request);
            async move {
                let answer = answer.await?;
                let own = answer.request().extensions().get::<&str>().copied();
                assert_eq!(own, Some("outer"));
                if answer.request().headers().contains_key("authorization") {
                    let pattern = answer.request().match_pattern();
                    assert_eq!(pattern.as_deref(), Some("/{name}"));
                }
                Ok(answer)
            }
        });
    let app = init_service(app).await;
    let asked = (0..3).map(|_| get(&app, "/a"));
    let answers = futures_util::future::join_all(asked).await;
    assert!(answers[1].cache().contains("collapsed"), "{answers:?}");
    let own = TestRequest::get().uri("/a");
    ask(&app, own.insert_header(("authorization", "Basic eDp5")))
        .await
        .assert_says("detail=authorization");
}

/// Web cache poisoning: `X-Forwarded-Host` is in no key, and a logger around the cache has read it already.
#[actix_web::test]
async fn what_middleware_has_read_of_a_connection_is_read_anew() {
    let app = App::new()
        .default_service(web::to(async |request: HttpRequest| {
            request.connection_info().host().to_owned()
        }))
        .wrap(CachePage::new("10m"))
        .wrap_fn(|request, app| {
            assert_eq!(request.connection_info().host(), "evil.example");
            let answer = app.call(request);
            async move {
                let answer = answer.await?;
                let host = answer.request().connection_info().host().to_owned();
                assert_eq!(host, "evil.example", "the client's own head");
                Ok(answer)
            }
        });
    let app = init_service(app).await;
    let request = TestRequest::get()
        .insert_header(("host", "example.org"))
        .insert_header(("x-forwarded-host", "evil.example"));
    let answer = ask(&app, request).await;
    assert_eq!(answer.assert_says("stored").body, "example.org");
}

/// Routers read the path that a middleware has set for them, and not the target of the request.
#[actix_web::test]
async fn what_routers_have_read_is_told_apart() {
    let tenant = async |tenant: web::Path<String>| {
        HttpResponse::Ok()
            .insert_header((CACHE_CONTROL, "max-age=60"))
            .body(format!("{tenant} run {}", run()))
    };
    macro_rules! assert_apart {
        ($pages:expr) => {
            let tenants = web::scope("/{tenant}").wrap($pages);
            let app = App::new()
                .service(tenants.route("/posts", web::get().to(tenant)))
                .wrap_fn(|mut request: ServiceRequest, app| {
                    let tenant = request.headers().get("x-tenant").unwrap();
                    let path = format!("/{}/posts", tenant.to_str().unwrap());
                    let rewritten = path.parse().unwrap();
                    request.match_info_mut().get_mut().update(&rewritten);
                    app.call(request)
                });
            let app = init_service(app).await;
            let of = async |tenant: &'static str| {
                let request = TestRequest::get().uri("/posts");
                ask(&app, request.insert_header(("x-tenant", tenant))).await
            };
            let alice = of("alice").await;
            assert!(alice.body.starts_with("alice run"), "{alice:?}");
            let bob = of("bob").await;
            assert!(bob.body.starts_with("bob run"), "{bob:?}");
            assert_eq!(of("alice").await.assert_hit().body, alice.body);
        };
    }
    assert_apart!(CachePage::new("10m"));
    assert_apart!(CachePage::shared());
}
