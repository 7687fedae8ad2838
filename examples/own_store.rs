//! Your own store: a map with expiry and a size limit, behind a page and a cache handle.
//!
//! This one answers at once. Of one that does not, where no store of this crate is a feature, `Cache::entry` has no thread that
//! asks: await its `ready()` before the value is read, or `set` puts nothing there.
//!
//! Run it with `cargo run --example own_store`. That the map is a store is proved by `cargo test --example own_store`.
#![allow(clippy::print_stdout, reason = "showing its answers is what it is for")]

use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request};
use axum::response::Html;
use axum::routing::get;
use cache_core::store::{Answer, Found, Put, Store, When, Written, token_of};
use cache_core::{Cache, Caches, cache_page};
use tower::ServiceExt;

/// Bytes in the memory of this process. Its clones are the same shelf, so that the program can look into it.
#[derive(Clone)]
struct Shelf {
    /// The most bytes that keys and values may take together.
    room: usize,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    kept: HashMap<Vec<u8>, Kept>,
    bytes: usize,
    reads: u32,
    writes: u32,
}

struct Kept {
    value: Vec<u8>,
    /// `None`: it stays until it is removed.
    expires: Option<Instant>,
}

impl Shelf {
    fn new(room: usize) -> Self {
        let state = Arc::default();
        Self { room, state }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The entry of a key, unless it has expired.
    fn live(&self, key: &[u8]) -> Option<&Kept> {
        self.kept.get(key).filter(|kept| kept.is_live())
    }

    fn remove(&mut self, key: &[u8]) {
        if let Some(kept) = self.kept.remove(key) {
            self.bytes -= key.len() + kept.value.len();
        }
    }

    fn sweep(&mut self) {
        let bytes = &mut self.bytes;
        self.kept.retain(|key, kept| {
            let stays = kept.is_live();
            *bytes -= if stays {
                0
            } else {
                key.len() + kept.value.len()
            };
            stays
        });
    }

    /// The condition is looked at and the value written under one lock: no other write comes between.
    fn put(&mut self, put: &Put<'_>, room: usize) -> Written {
        let there = self.live(put.key);
        let met = match put.when {
            When::Always => true,
            When::Absent => there.is_none(),
            When::Is(token) => there.is_some_and(|kept| token_of(&kept.value) == Some(token)),
        };
        if !met {
            return Written::No;
        }
        let size = put.key.len() + put.value.len();
        self.remove(put.key);
        if self.bytes + size > room {
            self.sweep();
        }
        if self.bytes + size > room {
            return Written::TooLarge;
        }
        let kept = Kept {
            value: put.value.to_vec(),
            expires: put.ttl.and_then(|ttl| Instant::now().checked_add(ttl)),
        };
        self.kept.insert(put.key.to_vec(), kept);
        self.bytes += size;
        Written::Yes
    }
}

impl Kept {
    fn left(&self) -> Option<Duration> {
        let expires = self.expires?;
        Some(expires.saturating_duration_since(Instant::now()))
    }

    fn is_live(&self) -> bool {
        self.left() != Some(Duration::ZERO)
    }
}

impl Store for Shelf {
    async fn get(&self, keys: &[&[u8]]) -> cache_core::Result<Answer> {
        let mut state = self.state();
        state.reads += 1;
        let found = keys.iter().map(|key| {
            let kept = state.live(key)?;
            Some(Found {
                value: kept.value.clone().into(),
                left: kept.left(),
            })
        });
        Ok(found.collect::<Vec<_>>().into())
    }

    async fn put(&self, puts: &[Put<'_>]) -> cache_core::Result<Vec<Written>> {
        let mut state = self.state();
        state.writes += 1;
        Ok(puts.iter().map(|put| state.put(put, self.room)).collect())
    }

    async fn delete(&self, keys: &[&[u8]]) -> cache_core::Result<()> {
        let mut state = self.state();
        state.writes += 1;
        for key in keys {
            state.remove(key);
        }
        Ok(())
    }

    async fn sweep(&self) -> cache_core::Result<()> {
        self.state().sweep();
        Ok(())
    }
}

/// Logs show how much is stored, never what.
impl fmt::Debug for Shelf {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        let (entries, bytes) = (state.kept.len(), state.bytes);
        write!(
            out,
            "The store holds {entries} entries ({bytes} bytes) after {} reads and {} writes.",
            state.reads, state.writes
        )
    }
}

/// A page. Nothing in it knows where it is kept.
#[cache_page(ttl = "5m")]
async fn hello(Path(name): Path<String>) -> Html<String> {
    println!("  (the handler runs)");
    Html(format!("<h1>Hello, {name}!</h1>"))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let shelf = Shelf::new(16 << 20);
    // `near(0)` keeps no values in memory, so that each call goes to the store.
    let cache = Cache::builder().near(0).store(shelf.clone()).build();
    cache_core::install(Caches::new().with("default", cache))?;

    let site = Router::new().route("/hello/{name}", get(hello));
    for path in ["/hello/Ada", "/hello/Ada", "/hello/Grace"] {
        println!("GET {path}: {}", cache_status(&site, path).await?);
    }
    println!("{shelf:?}");

    let cache = cache_core::cache();
    cache.set("motto", &"less, but better".to_owned()).await?;
    println!("motto: {:?}", cache.get::<String>("motto").await?);
    hello::clear().await.into_result()?;
    println!(
        "GET /hello/Ada after `hello::clear()`: {}",
        cache_status(&site, "/hello/Ada").await?
    );
    println!("motto: {:?}", cache.get::<String>("motto").await?);
    println!("{shelf:?}");
    Ok(())
}

/// The `Cache-Status` of an answer.
async fn cache_status(site: &Router, path: &str) -> Result<String, Box<dyn Error>> {
    let request = Request::get(path).body(Body::empty())?;
    let answer = site.clone().oneshot(request).await?;
    Ok(answer.headers()["cache-status"].to_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_shelf_keeps_the_contract_of_a_store() {
        cache_core::testing::conformance(Shelf::new(64 << 20)).await;
    }

    #[tokio::test]
    async fn a_shelf_that_is_full_refuses_and_deletes() {
        let shelf = Shelf::new(100);
        let put = |key| Put {
            key,
            value: &[7; 60],
            ttl: None,
            when: When::Always,
        };
        let written = shelf.put(&[put(b"a"), put(b"b"), put(b"a")]).await;
        assert_eq!(
            written.expect("memory"),
            [Written::Yes, Written::TooLarge, Written::Yes]
        );
        shelf.delete(&[b"a"]).await.expect("memory");
        let written = shelf.put(&[put(b"b")]).await;
        assert_eq!(written.expect("memory"), [Written::Yes]);
    }
}
