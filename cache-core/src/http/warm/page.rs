//! A page that is kept warm: where it lies, and how it is rendered.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::http::key::RequestKey;
use crate::http::visit::PageTier;
use crate::scope::{self, InScope, Scope};
use crate::spawn::Runtime;
use crate::sync::{AtomicBool, AtomicU64, Mutex, Ordering};

/// A handler with its state, which renders the page of any key.
pub(crate) trait RenderAgain: Send + Sync {
    /// Renders the page of a key, and keeps it; nobody has asked for it.
    fn render(self: Arc<Self>, key: RequestKey) -> Pin<Box<dyn Future<Output = ()> + Send>>;
}

/// What renders a page when its client is gone: the handler, the runtime that it ran on, and the caches that it saw.
#[derive(Clone)]
pub(crate) struct Renderer {
    handler: Arc<dyn RenderAgain>,
    pub(super) runtime: Runtime,
    scope: Option<&'static Scope>,
}

impl Renderer {
    /// A handler as it runs here; `None` outside of a tokio runtime.
    pub(crate) fn here(handler: Arc<dyn RenderAgain>) -> Option<Self> {
        Some(Self {
            handler,
            runtime: Runtime::try_current().ok()?,
            scope: scope::here(),
        })
    }

    fn render(self, key: RequestKey) -> InScope<Pin<Box<dyn Future<Output = ()> + Send>>> {
        InScope::new(self.scope, self.handler.render(key))
    }
}

/// A page that may be kept warm.
pub(super) struct WarmPage {
    pub(super) key: RequestKey,
    near: &'static PageTier,
    hash: u64,
    /// An epoch at which the page was there.
    seen: AtomicU64,
    is_queued: AtomicBool,
    renderer: Mutex<Renderer>,
}

impl WarmPage {
    pub(super) fn new(near: &'static PageTier, key: RequestKey, renderer: Renderer) -> Self {
        Self {
            hash: near.hash(&key),
            near,
            seen: AtomicU64::new(near.now()),
            key,
            is_queued: AtomicBool::new(false),
            renderer: Mutex::new(renderer),
        }
    }

    /// The page is there, by this handler.
    pub(super) fn is_there_by(&self, renderer: Renderer) {
        self.seen.store(self.near.now(), Ordering::Relaxed);
        *self.renderer.lock() = renderer;
    }

    /// Whether an invalidation has left it without an answer, and nobody renders one.
    fn is_lacking(&self) -> bool {
        let seen = self.seen.load(Ordering::Relaxed);
        self.near
            .lacks_after_mark(self.hash, &self.near.key(&self.key), seen)
    }

    /// Whether it is to be put into the queue.
    pub(super) fn enters_queue(&self) -> bool {
        self.is_lacking() && !self.is_queued.swap(true, Ordering::AcqRel)
    }

    pub(super) fn runtime(&self) -> Runtime {
        self.renderer.lock().runtime.clone()
    }

    /// Renders it, unless it is there by now. It has left the queue before, so that an invalidation from then on queues it again.
    pub(super) async fn render(&self) {
        self.leave_queue();
        let renderer = self.renderer.lock().clone();
        renderer.render(self.key.clone()).await;
    }

    pub(super) fn leave_queue(&self) {
        self.is_queued.store(false, Ordering::Release);
    }
}

impl fmt::Debug for WarmPage {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("WarmPage").finish_non_exhaustive()
    }
}
