//! The layer above a scripted origin, and clients in front of it.

use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::Body;
use cache_core::{CachePageBody, CachePageLayer, CachePageService, HttpMode};
use cache_tests::within;
use http::{Request, Response};
use tokio::task::JoinHandle;
use tower::{Layer, ServiceExt};

use super::bodies::{OriginError, ScriptedBody};
use super::origin::{AskedRequest, OriginAnswer, ScriptedOrigin, page};
use super::reading::{ReadResponse, read};

/// The layer above the origin.
#[derive(Clone)]
pub(crate) struct LayeredOrigin {
    pub(crate) service: CachePageService<ScriptedOrigin>,
    pub(crate) origin: ScriptedOrigin,
}

/// A layer above an origin that answers so.
pub(crate) fn front<M>(
    layer: &CachePageLayer<M>,
    answer: impl FnMut(&AskedRequest) -> OriginAnswer + Send + 'static,
) -> LayeredOrigin {
    over(layer, &ScriptedOrigin::new(answer))
}

pub(crate) fn over<M>(layer: &CachePageLayer<M>, origin: &ScriptedOrigin) -> LayeredOrigin {
    LayeredOrigin {
        service: layer.layer(origin.clone()),
        origin: origin.clone(),
    }
}

/// A layer above an origin that answers `run 1`, `run 2` and so on, with these fields.
pub(crate) fn numbered(layer: &CachePageLayer<HttpMode>, fields: &[(&str, &str)]) -> LayeredOrigin {
    let fields: Vec<(String, String)> = fields
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let mut run = 0;
    front(layer, move |_| {
        run += 1;
        let fields: Vec<(&str, &str)> = fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        page(format!("run {run}"), &fields)
    })
}

impl LayeredOrigin {
    pub(crate) async fn get(&self, target: &str, fields: &[(&str, &str)]) -> ReadResponse {
        self.ask("GET", target, fields).await
    }

    pub(crate) async fn ask(
        &self,
        method: &str,
        target: &str,
        fields: &[(&str, &str)],
    ) -> ReadResponse {
        let response = self.send(request(method, target, fields)).await;
        read(response.expect("a response")).await
    }

    pub(crate) async fn send(
        &self,
        request: Request<Body>,
    ) -> Result<Response<CachePageBody<ScriptedBody>>, OriginError> {
        within(self.service.clone().oneshot(request)).await
    }

    /// A request that is under way beside the test.
    pub(crate) fn start(
        &self,
        method: &str,
        target: &str,
        fields: &[(&str, &str)],
    ) -> JoinHandle<ReadResponse> {
        let (own, request) = (self.clone(), request(method, target, fields));
        tokio::spawn(async move { read(own.send(request).await.expect("a response")).await })
    }

    pub(crate) fn count(&self) -> usize {
        self.origin.count()
    }
}

pub(crate) fn request(method: &str, target: &str, fields: &[(&str, &str)]) -> Request<Body> {
    let build = Request::builder().method(method).uri(target);
    let build = fields.iter().fold(build, |build, (name, value)| {
        build.header(*name, value.as_bytes())
    });
    build.body(Body::empty()).expect("a request")
}

/// That a second request is answered from the cache, or not: for both, by what the origin was asked.
pub(crate) async fn is_reused(layer: &CachePageLayer<HttpMode>, fields: &[(&str, &str)]) -> bool {
    is_reused_after(layer, &[], 200, fields).await
}

/// The same where both requests have these fields, and both responses this status.
pub(crate) async fn is_reused_after(
    layer: &CachePageLayer<HttpMode>,
    request: &[(&str, &str)],
    status: u16,
    fields: &[(&str, &str)],
) -> bool {
    let fields: Vec<(String, String)> = fields
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let front = front(layer, move |_| {
        let fields: Vec<(&str, &str)> = fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        page("page", &fields).status(status)
    });
    // Layers may be asked this more than once.
    static TARGETS: AtomicU64 = AtomicU64::new(0);
    let target = format!("/{}", TARGETS.fetch_add(1, Ordering::Relaxed));
    let first = front.get(&target, request).await;
    assert_eq!((first.status, first.body.as_str()), (status, "page"));
    let second = front.get(&target, request).await;
    assert_eq!((second.status, second.body.as_str()), (status, "page"));
    let is_reused = front.count() == 1;
    assert_eq!(is_reused, second.is_hit(), "{second:?}");
    is_reused
}
