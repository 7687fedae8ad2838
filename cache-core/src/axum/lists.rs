//! How the lists of a handler's arguments are extracted.

use std::future::Future;

use ::axum::extract::{FromRequest, FromRequestParts};
use ::axum::response::{IntoResponse, Response};

use super::sources::Sources;
use crate::http::arguments::guards::can_refuse;
use crate::http::arguments::lists::{GuardArgument, Keyed, KeyedLast, Nil, Real, RealLast};

/// Arguments that are extracted before the look-up; none of them may take the body.
///
/// A guard that cannot refuse a request does not compile, whatever the state:
///
/// ```compile_fail,E0080
/// use axum::extract::FromRequestParts;
/// use axum::http::request::Parts;
/// use cache_core::cache_page;
///
/// #[derive(Clone)]
/// struct App;
/// struct Visitor;
///
/// impl FromRequestParts<App> for Visitor {
///     type Rejection = std::convert::Infallible;
///
///     async fn from_request_parts(_: &mut Parts, _: &App) -> Result<Self, Self::Rejection> {
///         Ok(Self)
///     }
/// }
///
/// #[cache_page(guard(_visitor))]
/// async fn page(_visitor: Visitor) -> &'static str {
///     "for members"
/// }
///
/// let app: axum::Router = axum::Router::new().route("/", axum::routing::get(page)).with_state(App);
/// ```
pub trait BeforeLookup<S>: Sized + Send {
    /// The list, when it asks for nothing: a hit then needs no future of its own.
    fn none() -> Option<Self> {
        None
    }

    /// Extracts the arguments: in order those that see the client's request, which they may edit, and then those that see the request
    /// that is rebuilt from the key.
    fn extract(
        sources: &mut Sources,
        state: &S,
    ) -> impl Future<Output = Result<Self, Response>> + Send;

    /// Extracts those again that have seen a rebuilt request, from the client's, because nothing is looked up.
    fn extract_again(
        self,
        sources: &mut Sources,
        state: &S,
    ) -> impl Future<Output = Result<Self, Response>> + Send;
}

/// Arguments that are extracted on a miss; the last may take the body. `M` tells the ways apart in which that one is extracted.
pub trait OnMiss<S, M>: Sized + Send {
    /// Extracts the arguments in order.
    fn extract(sources: Sources, state: &S) -> impl Future<Output = Result<Self, Response>> + Send;
}

impl<S: Sync> BeforeLookup<S> for Nil {
    fn none() -> Option<Self> {
        Some(Self)
    }

    async fn extract(_: &mut Sources, _: &S) -> Result<Self, Response> {
        Ok(Self)
    }

    async fn extract_again(self, _: &mut Sources, _: &S) -> Result<Self, Response> {
        Ok(self)
    }
}

impl<S: Sync, H: FromRequestParts<S> + Send, T: BeforeLookup<S>> BeforeLookup<S> for Keyed<H, T> {
    async fn extract(sources: &mut Sources, state: &S) -> Result<Self, Response> {
        // Backing the rest, so that no argument edits the client's request any more: this one would see another request than the key.
        let tail = T::extract(sources, state).await?;
        let head = H::from_request_parts(sources.keyed(), state)
            .await
            .map_err(IntoResponse::into_response)?;
        Ok(Self(head, tail))
    }

    async fn extract_again(self, sources: &mut Sources, state: &S) -> Result<Self, Response> {
        let tail = self.1.extract_again(sources, state).await?;
        let head = H::from_request_parts(sources.real(), state)
            .await
            .map_err(IntoResponse::into_response)?;
        Ok(Self(head, tail))
    }
}

impl<S: Sync, H: FromRequestParts<S> + Send, T: BeforeLookup<S>> BeforeLookup<S> for Real<H, T> {
    async fn extract(sources: &mut Sources, state: &S) -> Result<Self, Response> {
        let head = H::from_request_parts(sources.real(), state)
            .await
            .map_err(IntoResponse::into_response)?;
        Ok(Self(head, T::extract(sources, state).await?))
    }

    async fn extract_again(self, sources: &mut Sources, state: &S) -> Result<Self, Response> {
        Ok(Self(self.0, self.1.extract_again(sources, state).await?))
    }
}

impl<S: Sync, H: FromRequestParts<S> + Send, T: BeforeLookup<S>> BeforeLookup<S>
    for GuardArgument<H, T>
{
    async fn extract(sources: &mut Sources, state: &S) -> Result<Self, Response> {
        const {
            assert!(
                can_refuse::<H::Rejection>(),
                "a guard of this page never refuses a request: its `Rejection` has no value"
            );
        }
        let head = H::from_request_parts(sources.real(), state)
            .await
            .map_err(IntoResponse::into_response)?;
        Ok(Self(head, T::extract(sources, state).await?))
    }

    async fn extract_again(self, sources: &mut Sources, state: &S) -> Result<Self, Response> {
        Ok(Self(self.0, self.1.extract_again(sources, state).await?))
    }
}

impl<S: Sync> OnMiss<S, ()> for Nil {
    async fn extract(_: Sources, _: &S) -> Result<Self, Response> {
        Ok(Self)
    }
}

impl<S: Sync, M, H: FromRequestParts<S> + Send, T: OnMiss<S, M>> OnMiss<S, M> for Keyed<H, T> {
    async fn extract(mut sources: Sources, state: &S) -> Result<Self, Response> {
        let head = H::from_request_parts(sources.keyed(), state)
            .await
            .map_err(IntoResponse::into_response)?;
        Ok(Self(head, T::extract(sources, state).await?))
    }
}

impl<S: Sync, M, H: FromRequestParts<S> + Send, T: OnMiss<S, M>> OnMiss<S, M> for Real<H, T> {
    async fn extract(mut sources: Sources, state: &S) -> Result<Self, Response> {
        let head = H::from_request_parts(sources.real(), state)
            .await
            .map_err(IntoResponse::into_response)?;
        Ok(Self(head, T::extract(sources, state).await?))
    }
}

impl<S: Sync, M, H: FromRequest<S, M> + Send> OnMiss<S, M> for KeyedLast<H> {
    async fn extract(sources: Sources, state: &S) -> Result<Self, Response> {
        let head = H::from_request(sources.into_keyed(), state)
            .await
            .map_err(IntoResponse::into_response)?;
        Ok(Self(head))
    }
}

impl<S: Sync, M, H: FromRequest<S, M> + Send> OnMiss<S, M> for RealLast<H> {
    async fn extract(sources: Sources, state: &S) -> Result<Self, Response> {
        let head = H::from_request(sources.into_real(), state)
            .await
            .map_err(IntoResponse::into_response)?;
        Ok(Self(head))
    }
}
