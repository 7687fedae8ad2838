//! The responses on their way.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::Response;
use http_body::Body;

use super::asked::{LayerAnswer, LayerLoad};
use super::body::CachePageBody;

/// The response of a [`CachePageService`](crate::CachePageService).
pub struct CachePageFuture<B: Body, E>(State<B, E>);

enum State<B: Body, E> {
    /// It is there; `None` once it was given.
    Ready(Option<Response<Bytes>>),
    /// It is on its way.
    Load(LayerLoad<Pin<Box<B>>, E>),
}

impl<B: Body, E> CachePageFuture<B, E> {
    pub(super) fn of(asked: LayerAnswer<Pin<Box<B>>, E>) -> Self {
        Self(match asked {
            LayerAnswer::Ready(answer) => State::Ready(Some(answer)),
            LayerAnswer::Load(load) => State::Load(load),
        })
    }
}

// The parts of it are boxed, or moved out.
impl<B: Body, E> Unpin for CachePageFuture<B, E> {}

impl<B: Body, E> Future for CachePageFuture<B, E> {
    type Output = Result<Response<CachePageBody<B>>, E>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            State::Ready(answer) => {
                let answer = answer.take().expect("polled after its end");
                Poll::Ready(Ok(answer.map(CachePageBody::whole)))
            }
            State::Load(load) => {
                let loaded = load.as_mut().poll(context);
                loaded.map_ok(|answer| answer.map(CachePageBody::new))
            }
        }
    }
}

impl<B: Body, E> fmt::Debug for CachePageFuture<B, E> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("CachePageFuture").finish_non_exhaustive()
    }
}
