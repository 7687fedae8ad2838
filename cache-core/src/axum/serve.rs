//! A request through a page.
use std::future::Future;
use ::axum::response::Response;
use super::deferred::Deferred;
use super::sources::Sources;

pub struct Lookup { key: Option<String>, wanted: bool }
impl Lookup {
    pub fn by_url() -> Self { Self { key: None, wanted: true } }
    pub fn by_key(key: String) -> Self { Self { key: Some(key), wanted: true } }
    pub fn when(mut self, c: bool) -> Self { self.wanted = c; self }
}

pub async fn serve<E, L, Fut>(deferred: Deferred<E, L>, lookup: impl FnOnce(&E) -> Lookup, load: impl FnOnce(E, L) -> Fut) -> Response
where Fut: Future<Output = Response> {
    let mut sources = Sources::new(deferred.request);
    let early = match deferred.extractors.nothing() {
        Some(early) => early,
        None => match deferred.extractors.early(&mut sources).await { Ok(e) => e, Err(r) => return r },
    };
    let l = lookup(&early);
    let _ = (l.key, l.wanted);
    let late = match deferred.extractors.late(sources).await { Ok(l) => l, Err(r) => return r };
    load(early, late).await
}
