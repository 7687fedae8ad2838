//! Pages whose handlers run behind their clients, or for several of them.

use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use actix_web::error::ErrorInternalServerError;
use actix_web::http::header::HeaderName;
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, Error, HttpResponse, HttpServer, Responder, rt, web};
use bytes::Bytes;
use cache_core::actix::cache_page;
use cache_core::drain;
use cache_core::testing::Clock;
use cache_tests::{Gate, within};
use futures_util::stream;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{ask, get, run};

const SOON: Duration = Duration::from_secs(20);

#[actix_web::test]
async fn a_stale_page_serves_while_its_handler_runs_behind() {
    #[cache_page(ttl = "1m", stale_while_revalidate = "10m", query = ["a"])]
    async fn page(uri: actix_web::http::Uri, data: web::Data<u32>) -> String {
        // What is not `Send` may be held across an await.
        let local = Rc::new(format!("{uri} {}", **data));
        rt::task::yield_now().await;
        format!("{local} run {}", run())
    }
    let app = App::new()
        .app_data(web::Data::new(7_u32))
        .default_service(web::to(page));
    let (clock, app) = (Clock::freeze(), init_service(app).await);
    let first = get(&app, "/x?a=1&b=2").await;
    assert!(first.body.starts_with("/x?a=1 7 run"), "{first:?}");
    clock.advance(Duration::from_secs(61));
    let stale = TestRequest::get().uri("/x?b=3&a=1");
    let stale = ask(&app, stale.insert_header(("x-user", "1"))).await;
    assert_eq!(stale.assert_hit().body, first.body);
    assert_eq!(stale.field("cache-control"), "max-age=0, must-revalidate");
    assert!(within(drain(SOON)).await);
    let anew = get(&app, "/x?a=1").await;
    assert_ne!(anew.assert_hit().body, first.body);
    assert!(anew.body.starts_with("/x?a=1 7 run"), "{anew:?}");
}

#[actix_web::test]
async fn a_slow_page_is_kept_when_it_comes() {
    static GATE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    #[cache_page(ttl = "10m", hard_timeout = "40ms")]
    async fn page() -> String {
        let local = Rc::new(());
        drop(GATE.lock().await);
        drop(local);
        format!("run {}", run())
    }
    let app = init_service(App::new().default_service(web::to(page))).await;
    let shut = GATE.lock().await;
    let gave_up = get(&app, "/").await;
    assert_eq!((gave_up.status, gave_up.body.as_str()), (503, ""));
    drop(shut);
    assert!(within(drain(SOON)).await);
    let kept = get(&app, "/").await;
    assert!(kept.assert_hit().body.starts_with("run "), "{kept:?}");
}

#[actix_web::test]
async fn a_stale_page_serves_where_the_handler_fails() {
    static RUNS: AtomicU64 = AtomicU64::new(0);
    #[cache_page(ttl = "1m", stale_if_error = "1h")]
    async fn page() -> Result<String, Error> {
        match RUNS.fetch_add(1, Ordering::Relaxed) {
            0 => Ok("page".to_owned()),
            _ => Err(ErrorInternalServerError("no")),
        }
    }
    let app = init_service(App::new().default_service(web::to(page))).await;
    let clock = Clock::freeze();
    assert_eq!(get(&app, "/").await.body, "page");
    clock.advance(Duration::from_secs(61));
    let stale = get(&app, "/").await;
    assert_eq!((stale.status, stale.body.as_str()), (200, "page"));
    assert_eq!(RUNS.load(Ordering::Relaxed), 2);
}

/// The leader of a load stays on its worker, and those who wait are on others.
#[actix_web::test]
async fn clients_of_all_workers_wait_for_one_run() {
    static RUNS: AtomicU64 = AtomicU64::new(0);
    static GATE: Gate = Gate::closed();
    #[cache_page(ttl = "10m")]
    async fn page() -> impl Responder {
        let (worker, local) = (std::thread::current().id(), Rc::new(()));
        RUNS.fetch_add(1, Ordering::Relaxed);
        GATE.pass().await;
        drop(local);
        format!("{worker:?}")
    }
    let server = HttpServer::new(|| App::new().default_service(web::to(page)));
    let server = server.workers(2).bind(("127.0.0.1", 0)).expect("a port");
    let at = server.addrs()[0];
    let server = server.disable_signals().run();
    let handle = server.handle();
    rt::spawn(server);
    let ask = || async move {
        let mut stream = tokio::net::TcpStream::connect(at).await.expect("a server");
        let request = "GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
        stream
            .write_all(request.as_bytes())
            .await
            .expect("it reads");
        let mut answer = String::new();
        stream
            .read_to_string(&mut answer)
            .await
            .expect("it answers");
        answer
    };
    let answers: Vec<_> = (0..8).map(|_| rt::spawn(ask())).collect();
    cache_tests::until(|| page::stats().misses >= 8).await;
    GATE.let_go(1);
    let mut bodies = Vec::new();
    for answer in answers {
        let answer = within(answer).await.expect("an answer");
        bodies.push(answer.rsplit("\r\n\r\n").next().unwrap().to_owned());
    }
    bodies.dedup();
    assert_eq!(
        (bodies.len(), RUNS.load(Ordering::Relaxed)),
        (1, 1),
        "{bodies:?}"
    );
    handle.stop(false).await;
}

#[actix_web::test]
async fn bodies_and_responses_stay_as_they_were() {
    const MARK: HeaderName = HeaderName::from_static("x-mark");
    #[cache_page(ttl = "10m")]
    async fn streamed() -> HttpResponse {
        let parts = [Bytes::from_static(b"a"), Bytes::from_static(b"b")];
        let mut answer = HttpResponse::Ok();
        answer.insert_header((MARK, "1"));
        answer.streaming(stream::iter(parts.map(Ok::<_, Error>)))
    }
    #[cache_page(ttl = "10m")]
    async fn with_a_cookie() -> HttpResponse {
        HttpResponse::Ok()
            .insert_header(("set-cookie", format!("id={}", run())))
            .body("page")
    }
    #[cache_page(ttl = "10m")]
    async fn failing() -> Result<HttpResponse, Error> {
        Err(actix_web::error::ErrorImATeapot("short and stout"))
    }
    let app = App::new()
        .route("/streamed", web::to(streamed))
        .route("/cookie", web::to(with_a_cookie))
        .route("/failing", web::to(failing))
        .wrap_fn(|request, app| {
            let answer = actix_web::dev::Service::call(app, request);
            async move {
                let mut answer = answer.await?;
                // A logger around the app finds the error that the handler returned.
                let error = answer.response().error().map(ToString::to_string);
                if let Some(error) = error {
                    answer.headers_mut().insert(MARK, error.parse().unwrap());
                }
                Ok(answer)
            }
        });
    let app = init_service(app).await;
    let body = get(&app, "/streamed").await;
    assert_eq!(
        (body.body.as_str(), body.field("x-mark").as_str()),
        ("ab", "1")
    );
    body.assert_says("stored");
    let (one, other) = (get(&app, "/cookie").await, get(&app, "/cookie").await);
    assert_ne!(one.field("set-cookie"), other.field("set-cookie"));
    let failed = get(&app, "/failing").await;
    assert_eq!(
        (failed.status, failed.field("x-mark").as_str()),
        (418, "short and stout")
    );
}
