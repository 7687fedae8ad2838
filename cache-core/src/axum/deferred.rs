//! A handler's arguments, not yet extracted.

use std::convert::Infallible;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;

use ::axum::extract::{FromRequest, Request};
use ::axum::response::Response;

use super::lists::{Early, Late};
use super::sources::Sources;

type Extraction<'a, T> = Pin<Box<dyn Future<Output = Result<T, Response>> + Send + 'a>>;

/// The one argument of a cached page: the request and the means to extract `E` before the look-up and `L` on a miss.
///
/// It fits a router of any state: the state is kept behind `dyn`, because the type of a handler must not name it.
pub struct Deferred<E, L> {
    pub(super) request: Request,
    pub(super) extractors: Box<dyn Extractors<E, L>>,
}

/// What a [`Deferred`] says of the way its last argument is extracted.
pub struct Through<M>(PhantomData<fn() -> M>);

impl<S, M, E, L> FromRequest<S, Through<M>> for Deferred<E, L>
where
    S: Clone + Send + Sync + 'static,
    M: 'static,
    E: Early<S> + 'static,
    L: Late<S, M> + 'static,
{
    type Rejection = Infallible;

    async fn from_request(request: Request, state: &S) -> Result<Self, Infallible> {
        let extractors = Box::new(InState {
            state: state.clone(),
            way: PhantomData,
        });
        Ok(Self {
            request,
            extractors,
        })
    }
}

/// The extractors of a handler in a state that has no name here.
pub(super) trait Extractors<E, L>: Send + Sync {
    /// The early arguments, if there are none to extract.
    fn none(&self) -> Option<E>;
    fn early<'a>(&'a self, sources: &'a mut Sources) -> Extraction<'a, E>;
    fn late(&self, sources: Sources) -> Extraction<'_, L>;
}

struct InState<S, M> {
    state: S,
    way: PhantomData<fn() -> M>,
}

impl<S, M, E, L> Extractors<E, L> for InState<S, M>
where
    S: Send + Sync,
    E: Early<S> + 'static,
    L: Late<S, M> + 'static,
{
    fn none(&self) -> Option<E> {
        E::none()
    }

    fn early<'a>(&'a self, sources: &'a mut Sources) -> Extraction<'a, E> {
        Box::pin(E::extract(sources, &self.state))
    }

    fn late(&self, sources: Sources) -> Extraction<'_, L> {
        Box::pin(L::extract(sources, &self.state))
    }
}
