//! What the arguments of a page read.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::error::{ErrorBadRequest, ErrorUnauthorized};
use actix_web::http::header;
use actix_web::http::{Method, StatusCode, Uri, Version};
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App, Error, FromRequest, HttpRequest, HttpResponse, Responder, web};
use cache_core::actix::{FromKeyed, KeyedRequest, cache_page, vary_on};
use serde::Deserialize;

use crate::support::{Answer, ask, get, get_with, run, site};

#[actix_web::test]
async fn arguments_see_what_the_key_holds() {
    #[derive(Deserialize)]
    struct Search {
        page: u32,
    }
    #[cache_page(ttl = "5m", query = ["page"])]
    async fn page(
        path: web::Path<(String, String)>,
        query: web::Query<Search>,
        all: web::Query<Vec<(String, String)>>,
        uri: Uri,
        method: Method,
        db: web::Data<u32>,
    ) -> String {
        let (Search { page }, db) = (query.into_inner(), **db);
        format!("{path:?} {page} {all:?} {uri} {method} {db} run {}", run())
    }
    let app = App::new()
        .app_data(web::Data::new(7_u32))
        .service(web::scope("/in").route("/{a}/{b}", web::to(page)));
    let app = init_service(app).await;
    let first = get(&app, "/in/x/a%20b?utm=1&page=3").await;
    first.assert_says("stored");
    let seen = r#"Path(("x", "a b")) 3 Query([("page", "3")]) /in/x/a%20b?page=3 GET 7 run "#;
    assert!(first.body.starts_with(seen), "{first:?}");
    let again = get(&app, "/in/x/a%20b?page=3&utm=2").await;
    assert_eq!(again.assert_hit().body, first.body);
    let head = TestRequest::default().method(Method::HEAD);
    let head = ask(&app, head.uri("/in/y/z?page=1&session=5")).await;
    head.assert_says("stored");
    let body = get(&app, "/in/y/z?page=1").await;
    assert!(body.assert_hit().body.contains("page=1 GET 7"), "{body:?}");
}

#[actix_web::test]
async fn headers_and_cookies_are_seen_and_keyed_where_they_are_declared() {
    struct Theme(Option<String>, Option<String>, Option<String>);
    impl FromKeyed for Theme {
        fn from_keyed(request: &KeyedRequest<'_>) -> Result<Self, Error> {
            let (http, text) = (request.http(), |value: &header::HeaderValue| {
                value.to_str().unwrap().to_owned()
            });
            Ok(Self(
                http.headers().get("cookie").map(text),
                http.headers().get("x-user").map(text),
                http.peer_addr().map(|peer| peer.to_string()),
            ))
        }
    }
    impl cache_core::VariedInput for Theme {
        const READS: &'static [&'static str] = &["cookie"];
    }
    #[vary_on(headers = ["Accept-Language"], cookies = ["theme"])]
    #[cache_page(ttl = "5m")]
    async fn page(
        language: Option<web::Header<header::AcceptLanguage>>,
        Theme(theme, user, peer): Theme,
    ) -> String {
        format!("{language:?} {theme:?} {user:?} {peer:?} run {}", run())
    }
    let app = site!(page);
    let fields = |language, cookie| {
        [
            ("accept-language", language),
            ("cookie", cookie),
            ("x-user", "1"),
            ("host", "example.org"),
        ]
    };
    let first = get_with(&app, "/", &fields("de", "id=5; theme=dark")).await;
    first.assert_says("fwd=miss; stored");
    assert!(first.body.contains("\"de\""), "{first:?}");
    assert!(
        first.body.contains(r#" Some("theme=dark") None None run"#),
        "{first:?}"
    );
    assert_eq!(first.field("vary"), "Accept-Language, Cookie");
    let again = get_with(&app, "/", &fields("de", "theme=dark; id=6")).await;
    assert_eq!(again.assert_hit().body, first.body);
    for other in [fields("en", "theme=dark"), fields("de", "theme=light")] {
        let other = get_with(&app, "/", &other).await;
        other.assert_says("stored");
        assert_ne!(other.body, first.body);
    }
    let missing = get(&app, "/").await;
    assert!(
        missing
            .body
            .starts_with("Some(Header(AcceptLanguage([]))) None None None"),
        "{missing:?}"
    );
}

/// A user by the header `x-user`, whom the app refuses without it.
struct User(u32);

impl FromRequest for User {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let user = request.headers().get("x-user");
        let user = user.and_then(|user| user.to_str().ok()?.parse().ok());
        ready(
            user.map(Self)
                .ok_or_else(|| ErrorUnauthorized("who are you?")),
        )
    }
}

#[actix_web::test]
async fn a_key_is_extracted_on_every_request_and_the_answer_is_private() {
    #[cache_page(ttl = "5m", key = "dashboard_{user.0}")]
    async fn page(user: User) -> String {
        format!("user {} run {}", user.0, run())
    }
    let app = site!(page);
    let first = get_with(&app, "/", &[("x-user", "1")]).await;
    assert_eq!(
        first.field("cache-control"),
        "private, max-age=0, must-revalidate"
    );
    let again = get_with(&app, "/other?q=1", &[("x-user", "1")]).await;
    assert_eq!(again.assert_hit().body, first.body);
    let other = get_with(&app, "/", &[("x-user", "2")]).await;
    assert!(other.body.starts_with("user 2"), "{other:?}");
    let stranger = get(&app, "/").await;
    assert_eq!(
        (stranger.status, stranger.body.as_str()),
        (401, "who are you?")
    );
    stranger.assert_says("detail=rejected");
    assert_eq!(stranger.field("cache-control"), "private, no-store");
}

#[actix_web::test]
async fn a_guard_runs_on_hits_and_what_is_set_aside_does_not() {
    struct Metrics(String);
    impl FromRequest for Metrics {
        type Error = Error;
        type Future = Ready<Result<Self, Error>>;
        fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
            if request.headers().contains_key("x-broken") {
                return ready(Err(ErrorBadRequest("broken")));
            }
            ready(Ok(Self(format!("{:?}", request.headers().get("x-user")))))
        }
    }
    #[cache_page(ttl = "5m", guard(_user), skip(metrics))]
    async fn page(_user: User, metrics: Metrics) -> String {
        format!("{} run {}", metrics.0, run())
    }
    let app = site!(page);
    let broken = get_with(&app, "/", &[("x-user", "1"), ("x-broken", "1")]).await;
    assert_eq!((broken.status, broken.body.as_str()), (400, "broken"));
    let first = get_with(&app, "/", &[("x-user", "1")]).await;
    first.assert_says("stored");
    assert!(first.body.contains("\"1\""), "{first:?}");
    let again = get_with(&app, "/", &[("x-user", "2"), ("x-broken", "1")]).await;
    assert_eq!(again.assert_hit().body, first.body);
    assert_eq!(get(&app, "/").await.status, 401);
}

#[actix_web::test]
async fn an_error_in_an_argument_is_not_another_client_s() {
    #[cache_page(ttl = "5m")]
    async fn page(number: Result<web::Path<u32>, Error>) -> String {
        format!(
            "{:?} run {}",
            number.map_err(|error| error.to_string()),
            run()
        )
    }
    let config = web::PathConfig::default().error_handler(|_, request| {
        ErrorBadRequest(format!("{:?}", request.headers().get("x-user")))
    });
    let app = App::new()
        .app_data(config)
        .route("/{number}", web::get().to(page));
    let app = init_service(app).await;
    let first = get_with(&app, "/x", &[("x-user", "secret")]).await;
    first.assert_says("stored");
    assert!(
        first.body.starts_with("Err(") && !first.body.contains("secret"),
        "{first:?}"
    );
}

#[actix_web::test]
async fn a_responder_sees_what_the_key_holds() {
    struct Seen;
    impl Responder for Seen {
        type Body = String;
        fn respond_to(self, request: &HttpRequest) -> HttpResponse<String> {
            let user = request.headers().get("x-user");
            let body = format!("{} {user:?} run {}", request.uri(), run());
            HttpResponse::new(StatusCode::OK).set_body(body)
        }
    }
    #[cache_page(ttl = "5m", query = [])]
    async fn page() -> Seen {
        Seen
    }
    let app = site!(page);
    let first = get_with(&app, "/a?b=1", &[("x-user", "1")]).await;
    first.assert_says("stored");
    assert!(first.body.starts_with("/a None run"), "{first:?}");
    assert_eq!(get(&app, "/a?b=2").await.assert_hit().body, first.body);
}

/// By HTTP/2 no field need announce a body, and no key holds one.
#[actix_web::test]
async fn a_page_that_is_looked_up_has_no_body() {
    #[cache_page(ttl = "5m", skip(body))]
    async fn page(body: String) -> String {
        format!("{body} run {}", run())
    }
    let app = site!(page);
    let request = TestRequest::get().version(Version::HTTP_2);
    let mut request = request.set_payload("poison").to_request();
    request.headers_mut().remove(header::CONTENT_LENGTH);
    let first = Answer::of(call_service(&app, request).await).await;
    first.assert_says("stored");
    assert!(first.body.starts_with(" run"), "{first:?}");
}
