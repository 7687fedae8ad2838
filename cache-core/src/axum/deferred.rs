//! A handler's arguments, not yet extracted.

use std::convert::Infallible;
use std::marker::PhantomData;

use ::axum::body::Body;
use ::axum::extract::{FromRequest, Request};

use super::lists::{BeforeLookup, OnMiss};
use super::sources::Sources;
use crate::http::deferred::{DeferredRequest, Extraction};
use crate::http::key::{KeyTarget, RequestKey};
use crate::http::page::Page;
use crate::http::refusal::Bypass;
use crate::http::request::RequestView;

/// The one argument of a cached page: the request, and the means to extract `E` before the look-up and `L` on a miss.
///
/// It fits a router of any state, because the type of a handler must not name the state. It is a box, so that a hit moves a
/// pointer around and not a request.
///
/// The compiler shows the name to whoever calls a page as a function: its body is `uncached` of its handle.
pub struct CallUncachedOutsideOfRouters<E, L>(pub(super) Box<dyn ErasedExtractors<E, L>>);

pub use CallUncachedOutsideOfRouters as Deferred;

impl<E, L> std::fmt::Debug for Deferred<E, L> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Deferred").finish_non_exhaustive()
    }
}

/// What a [`Deferred`] says of the way in which its last argument is extracted.
#[derive(Debug)]
pub struct Through<M>(PhantomData<fn() -> M>);

impl<S, M, E, L> FromRequest<S, Through<M>> for Deferred<E, L>
where
    S: Clone + Send + Sync + 'static,
    M: 'static,
    E: BeforeLookup<S> + 'static,
    L: OnMiss<S, M> + 'static,
{
    type Rejection = Infallible;

    async fn from_request(request: Request, state: &S) -> Result<Self, Infallible> {
        Ok(Self::in_state::<S, M>(request, state.clone()))
    }
}

impl<E: 'static, L: 'static> Deferred<E, L> {
    fn in_state<S, M>(request: Request, state: S) -> Self
    where
        S: Clone + Send + Sync + 'static,
        M: 'static,
        E: BeforeLookup<S>,
        L: OnMiss<S, M>,
    {
        Self(Box::new(InState::<S, M> {
            sources: Sources::new(request),
            state,
            way: PhantomData,
        }))
    }
}

/// A request and the extractors of a handler, in a state that has no name here.
pub(super) trait ErasedExtractors<E, L>: Send {
    fn sources(&mut self) -> &mut Sources;
    /// The arguments of the look-up, if there are none to extract.
    fn none(&self) -> Option<E>;
    fn before_lookup(&mut self) -> Extraction<'_, E, Body>;
    /// The arguments of the look-up, none of which has seen a rebuilt request.
    fn before_lookup_again(&mut self, arguments: E) -> Extraction<'_, E, Body>;
    fn on_miss(self: Box<Self>) -> Extraction<'static, L, Body>;
    /// The same extractors in the same state, for other requests.
    fn for_others(&self) -> ForRequests<E, L>;
}

impl<E, L> DeferredRequest<E, L> for Deferred<E, L> {
    type Body = Body;

    fn keyed_by(&mut self, page: &'static Page, personal: bool) {
        self.0.sources().keyed_by(page, personal);
    }

    fn none(&self) -> Option<E> {
        self.0.none()
    }

    fn before_lookup(&mut self) -> Extraction<'_, E, Body> {
        self.0.before_lookup()
    }

    fn before_lookup_again(&mut self, arguments: E) -> Extraction<'_, E, Body> {
        self.0.before_lookup_again(arguments)
    }

    fn on_miss(self) -> Extraction<'static, L, Body> {
        self.0.on_miss()
    }

    fn view(&mut self) -> RequestView<'_> {
        self.0.sources().view()
    }

    fn target<'n>(&mut self, name: Option<&'n [u8]>) -> Result<KeyTarget<'n>, Bypass> {
        self.0.sources().target(name)
    }

    fn rebuild(&mut self, key: &RequestKey) -> bool {
        self.0.sources().rebuild(key)
    }

    fn bypass(&mut self) -> bool {
        self.0.sources().bypass()
    }
}

/// Makes a [`Deferred`] of a request.
pub(super) type ForRequests<E, L> = Box<dyn Fn(Request) -> Deferred<E, L> + Send + Sync>;

struct InState<S, M> {
    sources: Sources,
    state: S,
    way: PhantomData<fn() -> M>,
}

impl<S, M, E, L> ErasedExtractors<E, L> for InState<S, M>
where
    S: Clone + Send + Sync + 'static,
    M: 'static,
    E: BeforeLookup<S> + 'static,
    L: OnMiss<S, M> + 'static,
{
    fn sources(&mut self) -> &mut Sources {
        &mut self.sources
    }

    fn none(&self) -> Option<E> {
        E::none()
    }

    fn before_lookup(&mut self) -> Extraction<'_, E, Body> {
        Box::pin(E::extract(&mut self.sources, &self.state))
    }

    fn before_lookup_again(&mut self, arguments: E) -> Extraction<'_, E, Body> {
        Box::pin(arguments.extract_again(&mut self.sources, &self.state))
    }

    fn on_miss(self: Box<Self>) -> Extraction<'static, L, Body> {
        Box::pin(async move { L::extract(self.sources, &self.state).await })
    }

    fn for_others(&self) -> ForRequests<E, L> {
        let state = self.state.clone();
        Box::new(move |request| Deferred::in_state::<S, M>(request, state.clone()))
    }
}
