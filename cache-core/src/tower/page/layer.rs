//! The layer.

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::panic::Location;
use std::sync::Arc;
#[cfg(feature = "actix")]
use std::thread::{self, ThreadId};

use once_cell::sync::OnceCell;
use tower_layer::Layer;

use super::options::{LayerCache, LayerMode, LayerOptions};
use super::service::CachePageService;
use crate::error::Invalidated;
use crate::stats::Stats;
use crate::sync::Mutex;

/// A layer that caches what a service answers: a router of axum, a client of hyper, or any other service of tower.
///
/// - [`CachePageLayer::new`] caches a **whole site**: every answer that may be kept is kept for the layer's ttl, as `#[cache_page]` keeps
///   those of one handler. The site sees only what the key holds.
/// - [`CachePageLayer::shared`] and [`CachePageLayer::private`] are **caches as RFC 9111 has them**: responses say themselves how long
///   they may be kept.
///
/// Every response has a `Cache-Status` (RFC 9211) that says what happened, and why something was not stored. Concurrent requests for one
/// response wait for one load, and for a body that streams for one second at most. What cached functions under the layer depend on, its
/// responses depend on too.
///
/// What the key does not hold must not change a response: an extension that middleware outside of the layer sets, or the address of the
/// client. Put middleware that admits or refuses visitors outside of this layer.
///
/// All services that are made by a layer and its clones share one cache, with the store of that named by [`cache`](Self::cache), or of
/// the default one. A method that changes an option begins a new one: set options first, then clone.
///
/// The service is for requests whose body has a `Default`, such as that of axum; others are mapped to one before, as with
/// `request.map(axum::body::Body::new)`. It is always ready, and asks the inner service whether that is when it needs it.
#[derive(Debug)]
pub struct CachePageLayer<M = ApplicationMode> {
    options: Arc<LayerOptions>,
    /// Made at the first use, and shared by all clones.
    made: Arc<OnceCell<Arc<LayerCache>>>,
    mode: PhantomData<fn() -> M>,
}

/// The mode of a layer in front of a whole site: see [`CachePageLayer::new`].
#[derive(Debug)]
pub enum ApplicationMode {}

/// The mode of a layer that does as RFC 9111 says: see [`CachePageLayer::shared`].
#[derive(Debug)]
pub enum HttpMode {}

impl<M> Clone for CachePageLayer<M> {
    fn clone(&self) -> Self {
        Self {
            options: self.options.clone(),
            made: self.made.clone(),
            mode: PhantomData,
        }
    }
}

impl<M> CachePageLayer<M> {
    #[track_caller]
    pub(super) fn of(mode: LayerMode) -> Self {
        let at = Location::caller();
        Self {
            options: Arc::new(LayerOptions {
                mode,
                name: name_of(at.file()),
                file: at.file(),
                line: at.line(),
                #[cfg(feature = "actix")]
                made_on: thread::current().id(),
                cache: None,
                capacity: None,
            }),
            made: Arc::default(),
            mode: PhantomData,
        }
    }

    /// Names the layer. Layers with the same name and the same options share what they keep in a store; by default the name is that of
    /// the source file, and how many layers of that file were made before. Name them where several programs share a store, or where a file
    /// makes several in no certain order.
    #[must_use]
    pub fn named(self, name: &str) -> Self {
        self.with(|options| options.name = format!("layer {name}"))
    }

    /// Uses the cache that is installed under this name, with its store.
    #[must_use]
    pub fn cache(self, name: &str) -> Self {
        self.with(|options| options.cache = Some(name.to_owned()))
    }

    /// Keeps up to so many responses in this process; by default 10,000, and 64 MiB in all.
    #[must_use]
    pub fn capacity(self, responses: usize) -> Self {
        self.with(|options| options.capacity = Some(responses))
    }

    /// Forgets all that the layer and its clones have kept, in the store too.
    pub async fn clear(&self) -> Invalidated {
        self.handle().clear().await
    }

    /// What the layer and its clones have done so far.
    pub fn stats(&self) -> Stats {
        self.handle().stats()
    }

    /// The thread on which it was made.
    #[cfg(feature = "actix")]
    pub(crate) fn made_on(&self) -> ThreadId {
        self.options.made_on
    }

    /// Changes what the layer is told. It does not share the cache of the layer that it comes of: that has other rules.
    pub(super) fn with(mut self, change: impl FnOnce(&mut LayerOptions)) -> Self {
        let options = Arc::make_mut(&mut self.options);
        change(options);
        #[cfg(feature = "actix")]
        {
            options.made_on = thread::current().id();
        }
        self.made = Arc::default();
        self
    }

    pub(crate) fn handle(&self) -> Arc<LayerCache> {
        let made = self
            .made
            .get_or_init(|| Arc::new(LayerCache::new(&self.options)));
        made.clone()
    }
}

/// The name of a layer that has no other: by its file, and by how many of that file were made before it. Not by its line: an edit above it
/// must not hide what older processes of a fleet have stored from what newer ones invalidate.
fn name_of(file: &'static str) -> String {
    static MADE: Mutex<BTreeMap<&'static str, u32>> = Mutex::new(BTreeMap::new());
    let mut made = MADE.lock();
    let number = made.entry(file).or_insert(0);
    *number += 1;
    format!("layer {number} in {file}")
}

impl<S, M> Layer<S> for CachePageLayer<M> {
    type Service = CachePageService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        CachePageService::new(inner, self.handle())
    }
}
