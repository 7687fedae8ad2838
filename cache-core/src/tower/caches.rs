//! A layer that gives a router caches of its own.

use std::task::{Context, Poll};
#[cfg(feature = "actix")]
use std::thread::{self, ThreadId};

use tower_layer::Layer;
use tower_service::Service;

use crate::caches::Caches;
use crate::scope::{self, InScope, Scope};

/// A layer that gives a router, or any other service, its own caches instead of the installed ones: two routers in one
/// process with the same handlers and different states do not share answers.
///
/// All routes under one layer, and under its clones, share these caches. The layer works like [`testing::scope`]: handlers,
/// the functions that they call, and their invalidations see only these caches. Tasks that they spawn do not, except with
/// [`testing::in_scope`]; nor does the streamed body of a handler that is not cached. From outside, [`run`](Self::run)
/// code with these caches, or keep a clone of a [`Cache`](crate::Cache) that you give to the layer: its tags also reach what
/// functions under the layer keep for themselves.
///
/// Make one layer for each router: its caches are never dropped.
///
/// [`testing::scope`]: crate::testing::scope
/// [`testing::in_scope`]: crate::testing::in_scope
#[cfg_attr(feature = "axum", doc = "```")]
#[cfg_attr(not(feature = "axum"), doc = "```ignore")]
/// use axum::{Router, extract::State, routing::get};
/// use cache_core::{Caches, WithCaches, cache_page};
///
/// #[cache_page(ttl = "5m")]
/// async fn name(State(name): State<&'static str>) -> &'static str {
///     name
/// }
///
/// let router = |state| Router::new().route("/", get(name)).with_state(state);
/// let one: Router = router("one").layer(WithCaches::new(Caches::new()));
/// let other: Router = router("other").layer(WithCaches::new(Caches::new()));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct WithCaches {
    scope: &'static Scope,
    /// The thread on which it was made.
    #[cfg(feature = "actix")]
    made_on: ThreadId,
}

impl WithCaches {
    /// A layer with these caches.
    pub fn new(caches: Caches) -> Self {
        Self {
            scope: caches.into_scope(),
            #[cfg(feature = "actix")]
            made_on: thread::current().id(),
        }
    }

    /// Runs a future with the caches of this layer, such as a job that invalidates what the router has kept. Tasks that the future
    /// spawns are outside.
    ///
    #[cfg_attr(feature = "axum", doc = "```")]
    #[cfg_attr(not(feature = "axum"), doc = "```ignore")]
    /// # use cache_core::{Caches, WithCaches, invalidate_tag};
    /// # async fn example(router: axum::Router) {
    /// let caches = WithCaches::new(Caches::new());
    /// let router = router.layer(caches);
    /// caches.run(invalidate_tag("posts")).await;
    /// # }
    /// ```
    pub fn run<F: Future>(&self, work: F) -> InScope<F> {
        InScope::new(Some(self.scope), work)
    }

    #[cfg(feature = "actix")]
    pub(crate) fn made_on(self) -> ThreadId {
        self.made_on
    }

    pub(crate) fn around<S>(self, inner: S) -> ServiceWithCaches<S> {
        ServiceWithCaches {
            inner,
            scope: self.scope,
        }
    }
}

impl<S> Layer<S> for WithCaches {
    type Service = ServiceWithCaches<S>;

    fn layer(&self, inner: S) -> Self::Service {
        self.around(inner)
    }
}

/// A service with its own caches, made by [`WithCaches`].
#[derive(Clone, Copy, Debug)]
pub struct ServiceWithCaches<S> {
    inner: S,
    scope: &'static Scope,
}

#[cfg(feature = "actix")]
impl<S> ServiceWithCaches<S> {
    pub(crate) fn parts(&self) -> (&S, &'static Scope) {
        (&self.inner, self.scope)
    }
}

impl<R, S: Service<R>> Service<R> for ServiceWithCaches<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = InScope<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        scope::run(Some(self.scope), || self.inner.poll_ready(context))
    }

    fn call(&mut self, request: R) -> Self::Future {
        let scope = Some(self.scope);
        InScope::new(scope, scope::run(scope, || self.inner.call(request)))
    }
}
