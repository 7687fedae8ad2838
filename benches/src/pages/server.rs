//! The server: axum on one thread, with its pages.

use axum::Router;
use axum::http::HeaderValue;
use axum::http::header::{AGE, CACHE_CONTROL, CACHE_STATUS, CONTENT_TYPE, ETAG, EXPIRES};
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use axum::serve::ListenerExt;
use bytes::Bytes;
use cache_core::{CachePageLayer, cache_page};
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::mpsc;
use std::time::Duration;
use tokio::net::TcpListener;

/// Bytes of each page.
pub(super) const SIZE: usize = 2048;

pub(super) static BODY: [u8; SIZE] = [b'x'; SIZE];

/// A running server; it ends with the process.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    /// The file in which the kernel counts the time of the server's thread.
    accounts: PathBuf,
}

impl Server {
    pub(super) fn start() -> io::Result<Self> {
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            let ended = serve(&sender);
            // The contest may be over, and the receiver gone.
            let _ = sender.send(ended.and(Err(io::ErrorKind::UnexpectedEof.into())));
        });
        receiver
            .recv()
            .unwrap_or_else(|_| Err(io::ErrorKind::UnexpectedEof.into()))
    }

    /// Zero if the kernel does not count it.
    pub(super) fn processor_time(&self) -> Duration {
        let account = std::fs::read_to_string(&self.accounts).unwrap_or_default();
        let nanoseconds = account
            .split_whitespace()
            .next()
            .and_then(|first| first.parse().ok());
        Duration::from_nanos(nanoseconds.unwrap_or_default())
    }
}

fn serve(started: &mpsc::Sender<io::Result<Server>>) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let accounts = PathBuf::from("/proc")
            .join(std::fs::read_link("/proc/thread-self").unwrap_or_default());
        let _ = started.send(Ok(Server {
            address,
            accounts: accounts.join("schedstat"),
        }));
        let listener = listener.tap_io(|stream| {
            // Otherwise a small answer waits for the acknowledgement of the previous one.
            let _ = stream.set_nodelay(true);
        });
        axum::serve(listener, router()).await
    })
}

fn router() -> Router {
    let fresh = || async { ([(CACHE_CONTROL, "max-age=3600")], Bytes::from_static(&BODY)) };
    Router::new()
        .route("/static", get(static_bytes))
        .route("/fields", get(static_fields))
        .route("/cached", get(cached_page))
        .route("/site", get(static_bytes).layer(CachePageLayer::new("1h")))
        .route("/shared", get(fresh).layer(CachePageLayer::shared()))
        .merge(super::peers::router())
}

async fn static_bytes() -> Bytes {
    Bytes::from_static(&BODY)
}

/// What a page from the cache says, by hand.
async fn static_fields() -> impl IntoResponse {
    let fields = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, "max-age=3600"),
        (EXPIRES, "Thu, 01 Dec 2050 16:00:00 GMT"),
        (ETAG, "W/\"cbbf4743d88004001bc5bd26c3197b0b\""),
        (AGE, "0"),
        (CACHE_STATUS, "cache-core; hit; ttl=3599"),
    ];
    let fields = fields.map(|(name, value)| (name, HeaderValue::from_static(value)));
    (fields, Bytes::from_static(&BODY))
}

#[cache_page(ttl = "1h")]
async fn cached_page() -> Html<String> {
    Html(String::from_utf8_lossy(&BODY).into_owned())
}
