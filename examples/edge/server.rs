//! The connections of clients.

use std::convert::Infallible;
use std::pin::pin;

use axum::body::Body;
use cache_core::{CachePageLayer, CachePageService, HttpMode};
use http::header::{CACHE_CONTROL, VIA};
use http::{HeaderValue, Request, Response, StatusCode, Version};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tower::{Layer, ServiceExt};

use crate::interim::{Interim, Outbox, WithInterim};
use crate::origin::{Origin, strip_connection, via};

/// Serves until the program is asked to end.
pub async fn serve(listener: TcpListener, layer: CachePageLayer<HttpMode>, origin: Origin) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = tokio::signal::ctrl_c() => return,
        };
        // A client that was gone already, or a process that is out of files for a moment.
        let Ok((stream, _)) = accepted else { continue };
        tokio::spawn(connection(stream, layer.clone(), origin.clone()));
    }
}

async fn connection(stream: TcpStream, layer: CachePageLayer<HttpMode>, origin: Origin) {
    let _ = stream.set_nodelay(true);
    let outbox = Outbox::default();
    let stream = WithInterim::new(TokioIo::new(stream), outbox.clone());
    let service = layer.layer(origin);
    let service = service_fn(|request| answer(request, service.clone(), outbox.clone()));
    let builder = Builder::new(TokioExecutor::new());
    // What goes wrong on a connection is its client's to notice.
    let _ = builder.serve_connection(stream, service).await;
}

/// Answers a request; interim responses that come before the answer are sent where HTTP/1.1 is spoken.
async fn answer(
    request: Request<Incoming>,
    service: CachePageService<Origin>,
    outbox: Outbox,
) -> Result<Response<Body>, Infallible> {
    let mut request = request.map(Body::new);
    let (sender, mut interim) = mpsc::unbounded_channel();
    if request.version() == Version::HTTP_11 {
        request.extensions_mut().insert(Interim(sender));
    }
    let mut answer = pin!(service.oneshot(request));
    let answered = loop {
        tokio::select! {
            biased;
            Some(head) = interim.recv() => outbox.put(&head),
            answered = &mut answer => break answered,
        }
    };
    let mut response = match answered {
        Ok(response) => response.map(Body::new),
        Err(_) => unreachable_origin(),
    };
    let version = response.version();
    strip_connection(response.headers_mut());
    response.headers_mut().append(VIA, via(version));
    Ok(response)
}

/// The answer where the origin gave none: it cannot be reached, or it has broken off.
fn unreachable_origin() -> Response<Body> {
    let mut response = Response::new(Body::from("the origin has not answered\n"));
    *response.status_mut() = StatusCode::BAD_GATEWAY;
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
