//! A cache in front of a whole app.

use actix_web::dev::Service;
use actix_web::http::StatusCode;
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, HttpResponse, web};
use cache_core::actix::CachePage;
use cache_core::{Caches, WithCaches, cached, invalidate_tag};

use crate::support::{ask, get, run, seen, try_ask};

#[actix_web::test]
async fn a_hit_runs_no_handler() {
    let pages = CachePage::new("10m");
    let app = App::new()
        .default_service(web::to(seen))
        .wrap(pages.clone());
    let app = init_service(app).await;
    let first = get(&app, "/a").await;
    first.assert_says("fwd=uri-miss").assert_says("stored");
    let again = get(&app, "/a").await;
    again.assert_hit();
    assert_eq!(again.body, first.body);
    assert_eq!(again.field("content-type"), first.field("content-type"));
    assert_ne!(get(&app, "/b").await.body, first.body);
    assert_eq!((pages.stats().hits, pages.stats().loads), (1, 2));
    pages.clear().await.into_result().unwrap();
    assert_ne!(get(&app, "/a").await.body, first.body);
}

#[actix_web::test]
async fn the_app_sees_only_what_the_key_holds() {
    let pages = CachePage::new("10m").vary_on_headers(["Accept-Language"]);
    let app = App::new()
        .service(web::scope("/in").route("/{name}", web::get().to(seen)))
        .wrap(pages);
    let app = init_service(app).await;
    let request = || {
        TestRequest::get()
            .insert_header(("host", "example.org"))
            .insert_header(("accept-language", "de"))
            .insert_header(("user-agent", "a client"))
    };
    let first = ask(&app, request().uri("/in/a%2Fb?b=2&a=1")).await;
    first.assert_says("stored");
    assert!(
        first.body.contains(
            "GET /in/a%2Fb?a=1&b=2 [accept-language=de, host=example.org] Some(\"a%2Fb\")"
        ),
        "{first:?}"
    );
    let spelled = ask(&app, request().uri("/in/a%2Fb?a=1&b=2")).await;
    assert_eq!(spelled.assert_hit().body, first.body);
    let other = request().insert_header(("accept-language", "en"));
    ask(&app, other.uri("/in/a%2Fb?a=1&b=2"))
        .await
        .assert_says("stored");
}

#[actix_web::test]
async fn what_is_for_one_client_passes() {
    let pages = CachePage::new("10m").ignore_cookies(["_ga"]);
    let app = App::new().default_service(web::to(seen)).wrap(pages);
    let app = init_service(app).await;
    for (field, value) in [("authorization", "Basic eDp5"), ("cookie", "session=1")] {
        let ask_so = || {
            ask(
                &app,
                TestRequest::get().uri("/").insert_header((field, value)),
            )
        };
        let first = ask_so().await;
        assert!(
            first.body.contains(&format!("{field}={value}")),
            "{first:?}"
        );
        assert_eq!(first.field("cache-control"), "private, no-store");
        assert_ne!(first.body, ask_so().await.body);
    }
    let counted = TestRequest::get()
        .uri("/")
        .insert_header(("cookie", "_ga=1"));
    let counted = ask(&app, counted).await;
    assert!(
        !counted.assert_says("stored").body.contains("_ga"),
        "{counted:?}"
    );
    get(&app, "/").await.assert_hit();
}

#[actix_web::test]
async fn a_method_that_changes_something_forgets_its_path() {
    async fn save(body: String) -> HttpResponse {
        let status = if body == "good" { 200 } else { 422 };
        HttpResponse::build(StatusCode::from_u16(status).unwrap()).body(body)
    }
    let app = App::new()
        .route("/post", web::post().to(save))
        .default_service(web::to(seen))
        .wrap(CachePage::new("10m"));
    let app = init_service(app).await;
    let first = get(&app, "/post?x=1").await;
    let post = |body: &'static str| TestRequest::post().uri("/post").set_payload(body);
    let bad = ask(&app, post("bad")).await;
    assert_eq!((bad.status, bad.body.as_str()), (422, "bad"));
    get(&app, "/post?x=1").await.assert_hit();
    let good = ask(&app, post("good")).await;
    good.assert_says("fwd=method");
    assert_eq!(good.body, "good");
    assert_ne!(get(&app, "/post?x=1").await.body, first.body);
}

#[actix_web::test]
async fn a_page_goes_with_what_it_was_made_of() {
    #[cached(ttl = "1h", tags("actix:posts"))]
    async fn post() -> u64 {
        run()
    }
    let app = App::new()
        .route("/", web::get().to(async || post().await.to_string()))
        .wrap(CachePage::new("10m"));
    let app = init_service(app).await;
    let first = get(&app, "/").await;
    get(&app, "/").await.assert_hit();
    invalidate_tag("actix:posts").await.unwrap();
    let anew = get(&app, "/").await;
    anew.assert_says("stored");
    assert_ne!(anew.body, first.body);
}

#[actix_web::test]
async fn head_and_conditions_are_answered_from_what_is_stored() {
    let app = App::new()
        .default_service(web::to(seen))
        .wrap(CachePage::new("10m"));
    let app = init_service(app).await;
    let first = get(&app, "/").await;
    let head = ask(
        &app,
        TestRequest::default().method(actix_web::http::Method::HEAD),
    )
    .await;
    head.assert_hit();
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    let tag = first.field("etag");
    assert!(!tag.is_empty(), "{first:?}");
    let unchanged = TestRequest::get().insert_header(("if-none-match", tag.clone()));
    let unchanged = ask(&app, unchanged).await;
    assert_eq!((unchanged.status, unchanged.body.as_str()), (304, ""));
    assert_eq!(unchanged.field("etag"), tag);
}

#[actix_web::test]
async fn failures_are_not_kept() {
    async fn broken() -> Result<String, actix_web::Error> {
        Err(actix_web::error::ErrorBadGateway(format!("run {}", run())))
    }
    let app = App::new()
        .route("/broken", web::get().to(broken))
        .wrap_fn(|request, app| {
            let refused = request.path() == "/refused";
            let answer = app.call(request);
            async move {
                if refused {
                    return Err(actix_web::error::ErrorForbidden("no"));
                }
                answer.await
            }
        })
        .wrap(CachePage::new("10m"));
    let app = init_service(app).await;
    let first = get(&app, "/broken").await;
    assert_eq!(first.status, 502);
    assert_ne!(get(&app, "/broken").await.body, first.body);
    let refused = try_ask(&app, TestRequest::get().uri("/refused")).await;
    let refused = refused.unwrap_err();
    assert_eq!(
        refused.as_response_error().status_code(),
        StatusCode::FORBIDDEN
    );
}

#[actix_web::test]
async fn concurrent_requests_wait_for_one_load() {
    let app = App::new()
        .default_service(web::to(async || {
            tokio::task::yield_now().await;
            format!("run {}", run())
        }))
        .wrap(CachePage::new("10m"));
    let app = init_service(app).await;
    let asked = (0..8).map(|_| get(&app, "/"));
    let answers = futures_util::future::join_all(asked).await;
    assert!(answers.iter().all(|answer| answer.body == answers[0].body));
    let collapsed = answers
        .iter()
        .filter(|answer| answer.cache().contains("collapsed"));
    assert_eq!(collapsed.count(), 7, "{answers:?}");
}

#[actix_web::test]
async fn an_app_may_have_caches_of_its_own() {
    #[cached(ttl = "1h")]
    async fn number() -> u64 {
        run()
    }
    let app = || {
        let numbers = web::get().to(async || number().await.to_string());
        init_service(
            App::new()
                .route("/", numbers)
                .wrap(WithCaches::new(Caches::new())),
        )
    };
    let (one, other) = (app().await, app().await);
    let (first, second) = (get(&one, "/").await, get(&other, "/").await);
    assert_ne!(first.body, second.body);
    assert_eq!(get(&one, "/").await.body, first.body);
}
