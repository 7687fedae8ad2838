//! Pages that are rendered behind their clients.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use http_body::Body;

use super::answer::HandlerAnswer;
use super::answer::body::PageBody;
use super::visit::Visit;
use crate::load::{LoadRequest, Opened};
use crate::scope::{self, InScope};
use crate::spawn;

/// A handler with all that it needs, so that it may run when its client has its answer.
pub(crate) type OwnedHandler<B> =
    Box<dyn FnOnce() -> Pin<Box<dyn Future<Output = HandlerAnswer<B>> + Send>> + Send>;

impl Visit<'static> {
    /// [`miss`](Self::miss) of a page whose handler may run behind its client.
    pub(crate) async fn miss_or_behind<B>(
        self,
        request: LoadRequest<'static, Box<[u8]>>,
        ttl: Duration,
        handler: OwnedHandler<B>,
    ) -> Response<PageBody<B>>
    where
        B: Body<Data = Bytes, Error: Send> + Unpin + Send + 'static,
    {
        let leader = match request.open().await {
            Opened::Ready(entry, how) => return self.served(&*entry, how).map(PageBody::Whole),
            Opened::Behind(entry, how, leader) => {
                let answer = self.served(&*entry, how);
                behind(async move {
                    if let Some(leader) = Box::pin(leader.prepared()).await {
                        drop(self.render(leader, ttl, handler).await);
                    }
                })
                .await;
                return answer.map(PageBody::Whole);
            }
            Opened::Run(leader) | Opened::Failed(_, leader) => leader,
            Opened::TimedOut(request) => request.into_solo(),
        };
        let rendered = self.render(leader, ttl, handler).await;
        self.given(rendered)
    }
}

/// Runs a load behind its client, with the caches of its client.
async fn behind(load: impl Future<Output = ()> + Send + 'static) {
    if let Err(load) = spawn::spawn(InScope::new(scope::here(), load)) {
        load.await;
    }
}
