//! The attributes of handlers together, with routes, and on handlers that are not cached.

use actix_web::http::Method;
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, HttpResponse, Responder, get, web};
use cache_core::actix::{cache_control, cache_page, conditional, never_cache, vary_on};
use cache_core::{cached, invalidate_tag};

use crate::support::{ask, get as ask_for, run};

/// A page.
#[cache_page(ttl = "5m", handle = posts)]
#[get("/posts/{slug}")]
async fn post(slug: web::Path<String>) -> String {
    format!("{slug} run {}", run())
}

#[get("/about")]
#[cache_page(ttl = "5m")]
async fn about() -> String {
    format!("run {}", run())
}

#[never_cache]
#[get("/admin")]
async fn admin() -> String {
    format!("run {}", run())
}

#[actix_web::test]
async fn a_route_stands_above_or_below_the_attribute() {
    let app = App::new().service(post).service(about).service(admin);
    let app = init_service(app).await;
    let first = ask_for(&app, "/posts/a").await;
    assert!(first.body.starts_with("a run"), "{first:?}");
    assert_eq!(
        ask_for(&app, "/posts/a").await.assert_hit().body,
        first.body
    );
    posts::invalidate_path("/posts/a")
        .await
        .into_result()
        .unwrap();
    assert_ne!(ask_for(&app, "/posts/a").await.body, first.body);
    assert_eq!(posts::stats().loads, 2);
    let first = ask_for(&app, "/about").await;
    assert_eq!(ask_for(&app, "/about").await.assert_hit().body, first.body);
    let first = ask_for(&app, "/admin").await;
    assert!(
        first.field("cache-control").contains("no-store"),
        "{first:?}"
    );
    assert_ne!(ask_for(&app, "/admin").await.body, first.body);
}

#[actix_web::test]
async fn the_attributes_of_one_handler_are_one() {
    #[vary_on(headers = ["Accept-Language"])]
    #[cache_control(public, s_maxage = "1d")]
    #[conditional(etag = "post:{slug}")]
    #[cache_page(ttl = "5m", browser = "1m")]
    async fn page(slug: web::Path<String>) -> String {
        format!("{slug} run {}", run())
    }
    let app = App::new().route("/{slug}", web::to(page));
    let app = init_service(app).await;
    let first = ask_for(&app, "/a").await;
    first.assert_says("stored");
    assert_eq!(
        first.field("cache-control"),
        "public, s-maxage=86400, max-age=60"
    );
    assert_eq!(first.field("vary"), "Accept-Language");
    assert!(first.field("etag").starts_with('"'), "{first:?}");
    let known = TestRequest::get().uri("/a");
    let known = known.insert_header(("if-none-match", first.field("etag")));
    assert_eq!(ask(&app, known).await.status, 304);
    let changed = TestRequest::put()
        .uri("/a")
        .insert_header(("if-match", "\"other\""));
    assert_eq!(ask(&app, changed).await.status, 412);
}

#[actix_web::test]
async fn handlers_that_are_not_cached_speak_to_other_caches() {
    #[vary_on(cookies = ["theme"])]
    #[cache_control(max_age = if *seconds > 60 { 60 } else { u64::from(*seconds) })]
    async fn page(seconds: web::Path<u32>) -> impl Responder {
        let mut answer = HttpResponse::Ok();
        answer.insert_header(("vary", "Accept"));
        answer.body(format!("{seconds} run {}", run()))
    }
    #[never_cache]
    async fn plain() -> Result<String, actix_web::Error> {
        Err(actix_web::error::ErrorGone(run()))
    }
    let app = App::new()
        .route("/{seconds}/", web::to(page))
        .route("/", web::to(plain));
    let app = init_service(app).await;
    let answer = ask_for(&app, "/90/").await;
    assert_eq!(answer.field("cache-control"), "private, max-age=60");
    assert_eq!(answer.field("vary"), "Accept, Cookie");
    assert_eq!(answer.field("content-type"), "");
    assert!(answer.body.starts_with("90 run"), "{answer:?}");
    assert_eq!(
        ask_for(&app, "/30/").await.field("cache-control"),
        "private, max-age=30"
    );
    let rejected = ask_for(&app, "/x/").await;
    assert_eq!(
        (rejected.status, rejected.field("cache-control")),
        (404, String::new())
    );
    let gone = ask_for(&app, "/").await;
    assert_eq!(gone.status, 410);
    assert!(gone.field("cache-control").contains("no-store"), "{gone:?}");
}

#[actix_web::test]
async fn conditions_decide_before_a_handler_that_is_not_cached() {
    #[conditional(etag = "revision:{revision}")]
    async fn page(revision: web::Path<u32>) -> String {
        format!("{revision} run {}", run())
    }
    let app = App::new().route("/{revision}", web::to(page));
    let app = init_service(app).await;
    let first = ask_for(&app, "/1").await;
    let tag = first.field("etag");
    for method in [Method::GET, Method::HEAD] {
        let known = TestRequest::default().method(method).uri("/1");
        let known = ask(&app, known.insert_header(("if-none-match", tag.as_str()))).await;
        assert_eq!((known.status, known.field("etag")), (304, tag.clone()));
    }
    let changed = TestRequest::put()
        .uri("/1")
        .insert_header(("if-match", tag.as_str()));
    let changed = ask(&app, changed).await;
    assert_eq!(
        (changed.status, changed.field("etag")),
        (200, String::new())
    );
    let other = TestRequest::put()
        .uri("/2")
        .insert_header(("if-match", tag.as_str()));
    assert_eq!(ask(&app, other).await.status, 412);
}

struct Views;

#[cache_page(ttl = "5m")]
#[vary_on(headers = ["Accept-Language"])]
impl Views {
    async fn list() -> String {
        format!("list run {}", run())
    }
    async fn detail(slug: web::Path<String>) -> String {
        format!("{slug} run {}", run())
    }
    fn helper() -> u32 {
        1
    }
}

#[actix_web::test]
async fn an_attribute_on_a_block_is_on_each_handler_in_it() {
    assert_eq!(Views::helper(), 1);
    let app = App::new()
        .route("/", web::get().to(Views::list))
        .route("/{slug}", web::get().to(Views::detail));
    let app = init_service(app).await;
    for path in ["/", "/a"] {
        let first = ask_for(&app, path).await;
        assert_eq!(first.field("vary"), "Accept-Language");
        assert_eq!(ask_for(&app, path).await.assert_hit().body, first.body);
    }
    Views::list_clear().await.into_result().unwrap();
    ask_for(&app, "/").await.assert_says("stored");
    ask_for(&app, "/a").await.assert_hit();
}

#[actix_web::test]
async fn what_a_cached_call_depends_on_reaches_the_page() {
    #[cached(ttl = "1h", tags("actix-authors"))]
    async fn author() -> u64 {
        run()
    }
    #[cache_page(ttl = "1h", tags("actix-post:{slug}"))]
    async fn page(slug: web::Path<String>) -> String {
        format!("{slug} by {} run {}", author().await, run())
    }
    let app = App::new().route("/{slug}", web::to(page));
    let app = init_service(app).await;
    for tag in ["actix-authors", "actix-post:a"] {
        let first = ask_for(&app, "/a").await;
        assert_eq!(first.field("cache-control"), "max-age=0, must-revalidate");
        assert_eq!(ask_for(&app, "/a").await.assert_hit().body, first.body);
        invalidate_tag(tag).await.unwrap();
        assert_ne!(ask_for(&app, "/a").await.body, first.body, "{tag}");
    }
}
