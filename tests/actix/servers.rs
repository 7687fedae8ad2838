//! Servers with several workers.

use std::net::SocketAddr;

use actix_web::dev::ServerHandle;
use actix_web::http::header::CONNECTION;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use cache_core::actix::CachePage;
use cache_core::{Caches, WithCaches};
use cache_tests::within;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{run, seen};

/// Speaks to a server in its own words, and reads until it closes the connection.
async fn say(at: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(at).await.expect("a server");
    stream
        .write_all(request.as_bytes())
        .await
        .expect("it reads");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("it answers");
    String::from_utf8_lossy(&answer).into_owned()
}

/// The requests in one connection, which the last one closes.
async fn ask(at: SocketAddr, requests: &[&str]) -> String {
    let last = requests.len() - 1;
    let requests = requests.iter().enumerate().map(|(number, line)| {
        let close = if number == last {
            "connection: close\r\n"
        } else {
            ""
        };
        format!("{line} HTTP/1.1\r\nhost: localhost\r\n{close}\r\n")
    });
    say(at, &requests.collect::<String>()).await
}

fn serve(pages: CachePage) -> (SocketAddr, ServerHandle) {
    let server = HttpServer::new(move || {
        App::new()
            .route("/switch", web::get().to(switch))
            .default_service(web::to(seen))
            .wrap(pages.clone())
    });
    let server = server.workers(2).bind(("127.0.0.1", 0)).expect("a port");
    let at = server.addrs()[0];
    let server = server.disable_signals().run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    (at, handle)
}

/// Another protocol, in which the server repeats what it gets.
async fn switch(_: HttpRequest, payload: web::Payload) -> HttpResponse {
    let mut answer = HttpResponse::SwitchingProtocols();
    answer.upgrade("websocket");
    answer.streaming(payload)
}

#[actix_web::test]
async fn workers_share_what_is_stored() {
    let (at, server) = serve(CachePage::new("10m"));
    let mut bodies = Vec::new();
    for _ in 0..8 {
        let answer = ask(at, &["GET /shared"]).await;
        bodies.push(answer.rsplit("\r\n\r\n").next().unwrap().to_owned());
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1, "{bodies:?}");
    server.stop(false).await;
}

#[actix_web::test]
async fn responses_are_framed_as_they_are_long() {
    let (at, server) = serve(CachePage::new("10m"));
    let first = ask(at, &["GET /framed"]).await;
    let body = first.rsplit("\r\n\r\n").next().unwrap();
    let length = format!("content-length: {}\r\n", body.len());
    assert!(first.contains(&length), "{first}");
    let answers = ask(at, &["GET /framed", "HEAD /framed", "GET /framed"]).await;
    assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 3, "{answers}");

    assert_eq!(answers.matches(&length).count(), 3, "{answers}");
    assert_eq!(answers.matches(body).count(), 2, "{answers}");
    assert_eq!(answers.matches("; hit").count(), 3, "{answers}");
    let tag = first.lines().find(|line| line.starts_with("etag: "));
    let tag = tag.unwrap().trim_start_matches("etag: ");
    let condition = format!(
        "GET /framed HTTP/1.1\r\nhost: localhost\r\nif-none-match: {tag}\r\nconnection: close\r\n\r\n"
    );
    let unchanged = say(at, &condition).await;
    assert!(unchanged.starts_with("HTTP/1.1 304 "), "{unchanged}");
    assert!(unchanged.ends_with("\r\n\r\n"), "{unchanged}");
    server.stop(false).await;
}

#[actix_web::test]
async fn a_request_for_another_protocol_passes() {
    let (at, server) = serve(CachePage::new("10m"));
    let mut stream = TcpStream::connect(at).await.expect("a server");
    let request = format!(
        "GET /switch HTTP/1.1\r\nhost: localhost\r\n{CONNECTION}: upgrade\r\nupgrade: websocket\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut seen = Vec::new();
    while !seen.ends_with(b"\r\n\r\n") {
        seen.push(stream.read_u8().await.expect("a head"));
    }
    let head = String::from_utf8(seen).unwrap();
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    stream.write_all(b"ping").await.unwrap();
    let mut echo = [0; 4];
    stream.read_exact(&mut echo).await.expect("an echo");
    assert_eq!(&echo, b"ping");
    drop(stream);
    server.stop(false).await;
}

/// Each worker would have a cache of its own, and what is invalidated in one would stay in the others.
async fn assert_refused(server: actix_web::dev::Server) {
    let failed = within(server).await;
    assert!(failed.is_err(), "{failed:?}");
}

fn with_a_cache_for_each_worker() -> actix_web::dev::Server {
    let server = HttpServer::new(|| {
        App::new()
            .default_service(web::to(async || format!("run {}", run())))
            .wrap(CachePage::new("10m"))
    });
    let server = server.workers(1).bind(("127.0.0.1", 0)).expect("a port");
    server.disable_signals().run()
}

#[actix_web::test]
async fn a_cache_for_each_worker_is_refused() {
    assert_refused(with_a_cache_for_each_worker()).await;
}

#[tokio::test]
async fn a_cache_for_each_worker_is_refused_on_a_runtime_of_tokio() {
    assert_refused(with_a_cache_for_each_worker()).await;
}

#[actix_web::test]
async fn caches_for_each_worker_are_refused() {
    let server = HttpServer::new(|| App::new().wrap(WithCaches::new(Caches::new())));
    let server = server.workers(1).bind(("127.0.0.1", 0)).expect("a port");
    assert_refused(server.disable_signals().run()).await;
}
