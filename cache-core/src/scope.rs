//! Caches for a part of a program, such as a test or a router: code in a scope uses the caches of the scope instead of the installed
//! ones, and its functions keep values for themselves apart too.
//!
//! A future keeps its scope, because every poll enters the scope. Tasks that it spawns are outside.

use std::any::Any;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::name::NameScope;
use crate::sync::{AtomicBool, Mutex, Ordering};

/// Whether there was ever a scope: if not, a hit does not look at the scope of its thread.
static ANY: AtomicBool = AtomicBool::new(false);

thread_local! {
    static HERE: Cell<Option<&'static Scope>> = const { Cell::new(None) };
}

/// A part of the program with caches of its own. It stays until the process ends, as the installed caches do.
pub(crate) struct Scope {
    caches: Box<dyn Any + Send + Sync>,
    /// The scope of names for functions that keep their values for themselves.
    private: NameScope,
    /// What each site keeps for itself, by the site's address.
    own: Mutex<BTreeMap<usize, &'static (dyn Any + Send + Sync)>>,
}

impl Scope {
    /// A scope with these caches.
    pub(crate) fn new(caches: impl Any + Send + Sync) -> &'static Self {
        ANY.store(true, Ordering::Relaxed);
        Box::leak(Box::new(Self {
            caches: Box::new(caches),
            private: NameScope::fresh(),
            own: Mutex::new(BTreeMap::new()),
        }))
    }

    /// Its caches.
    pub(crate) fn caches<C: Any>(&self) -> Option<&C> {
        self.caches.downcast_ref()
    }

    /// Its scope of names for functions that keep their values for themselves.
    pub(crate) fn private(&self) -> NameScope {
        self.private
    }

    /// What belongs to `owner` in this scope, made at its first use.
    pub(crate) fn own<O, T: Any + Default + Send + Sync>(&self, owner: &'static O) -> &'static T {
        let made = || -> &'static (dyn Any + Send + Sync) { Box::leak(Box::new(T::default())) };
        let address = std::ptr::from_ref(owner).addr();
        let own = *self.own.lock().entry(address).or_insert_with(made);
        own.downcast_ref().expect("an owner has one type of things")
    }
}

impl std::fmt::Debug for Scope {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Scope").finish_non_exhaustive()
    }
}

/// The scope of the running code, if any.
#[inline]
pub(crate) fn here() -> Option<&'static Scope> {
    if ANY.load(Ordering::Relaxed) {
        HERE.get()
    } else {
        None
    }
}

/// The scope of names for functions that keep their values for themselves.
pub(crate) fn private() -> NameScope {
    here().map_or(NameScope::PRIVATE, |scope| scope.private)
}

/// Runs a function in a scope, or outside of any.
pub(crate) fn run<R>(scope: Option<&'static Scope>, work: impl FnOnce() -> R) -> R {
    let _former = Former(HERE.replace(scope));
    work()
}

/// The previous scope, which is restored on drop.
struct Former(Option<&'static Scope>);

impl Drop for Former {
    fn drop(&mut self) {
        HERE.set(self.0);
    }
}

/// A future that runs in a scope, and is dropped in it.
#[must_use = "a future does nothing unless it is polled"]
pub struct InScope<F> {
    scope: Option<&'static Scope>,
    /// `None` while it is dropped.
    future: Option<Pin<Box<F>>>,
}

impl<F> InScope<F> {
    pub(crate) fn new(scope: Option<&'static Scope>, future: F) -> Self {
        Self {
            scope,
            future: Some(Box::pin(future)),
        }
    }
}

impl<F: Future> Future for InScope<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let scope = self.scope;
        match &mut self.future {
            Some(future) => run(scope, || future.as_mut().poll(context)),
            None => Poll::Pending,
        }
    }
}

impl<F> Drop for InScope<F> {
    fn drop(&mut self) {
        let future = self.future.take();
        run(self.scope, || drop(future));
    }
}

impl<F> std::fmt::Debug for InScope<F> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("InScope").finish_non_exhaustive()
    }
}
