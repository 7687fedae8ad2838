//! Pages that are rendered behind their clients.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::RETRY_AFTER;
use http::{HeaderValue, Response, StatusCode};
use http_body::Body;

use super::answer::HandlerAnswer;
use super::audience::keep_from_all;
use super::body::reading::Reader;
use super::body::{AnswerBody, SourceBody};
use super::cache_status::CacheStatus;
use super::refusal::Refusal;
use super::visit::Visit;
use crate::context::EnclosingLoads;
use crate::load::{Caught, LoadRequest, Opened, Reply, Waited};
use crate::scope::{self, InScope};
use crate::spawn;

/// A handler with all that it needs, so that it may run when its client has its answer.
pub(crate) type OwnedHandler<B> =
    Box<dyn FnOnce() -> Pin<Box<dyn Future<Output = HandlerAnswer<B>> + Send>> + Send>;

impl Visit<'static> {
    /// [`miss`](Self::miss) of a page whose handler may run behind its client.
    pub(crate) async fn miss_or_behind<B>(
        self,
        request: Box<LoadRequest<'static>>,
        ttl: Duration,
        handler: OwnedHandler<B>,
    ) -> Response<AnswerBody<B>>
    where
        B: SourceBody,
    {
        let leader = match request.open().await {
            Opened::Ready(entry, how) => return self.served(&*entry, how).map(AnswerBody::Whole),
            Opened::Behind(entry, how, leader) => {
                let answer = self.served(&*entry, how);
                behind(async move {
                    if let Some(leader) = Box::pin(leader.prepared()).await {
                        let run = || answer_of(handler);
                        drop(self.render(leader, Reader::Nobody, ttl, run).await);
                    }
                })
                .await;
                return answer.map(AnswerBody::Whole);
            }
            Opened::Run(leader) | Opened::Failed(_, leader) => leader,
            Opened::TimedOut(leader) => {
                return self.gave_up(leader.rules().hard_timeout.unwrap_or_default());
            }
        };
        let rules = leader.rules();
        if rules.soft_timeout.is_none() && rules.hard_timeout.is_none() {
            let rendered = self
                .render(leader, Reader::Client, ttl, || answer_of(handler))
                .await;
            let Ok(answer) = self.given(rendered);
            return answer;
        }
        // Also if the caller gives up, what it makes of that depends on the names of the load.
        leader.tell(&[]);
        let (reply, caller) = leader.apart();
        let (visit, reply) = (Arc::new(self), Some(reply));
        let apart = visit.clone();
        let enclosing = EnclosingLoads::here();
        let mut load = Box::pin(async move {
            let load = apart.render(leader, Reader::Client, ttl, || answer_of(handler));
            let rendered = Reply::catch_async(reply.as_ref(), load).await;
            Reply::give(reply, rendered);
        });
        behind(poll_fn(move |context| {
            let _inside = enclosing.enter();
            load.as_mut().poll(context)
        }))
        .await;
        match caller.wait_within().await {
            Ok(Waited::Answer(rendered)) => {
                let Ok(answer) = visit.given(rendered);
                answer
            }
            Ok(Waited::Stale(stale)) => visit.in_place(&*stale).map(AnswerBody::Whole),
            Err(timed_out) => visit.gave_up(timed_out.limit()),
        }
    }

    /// The answer to a client that has waited for `limit`, and for whom nothing serves.
    fn gave_up<B>(&self, limit: Duration) -> Response<AnswerBody<B>>
    where
        B: Body,
    {
        let mut answer = Response::new(AnswerBody::Whole(Bytes::new()));
        *answer.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        let headers = answer.headers_mut();
        keep_from_all(headers);
        // As long again as it has waited for, and a whole second at least.
        headers.insert(RETRY_AFTER, HeaderValue::from(limit.as_secs().max(1)));
        let status = CacheStatus::Refused(self.rules.miss(), Refusal::TimedOut);
        self.rules.tell(headers, status);
        answer
    }
}

/// What a handler answers, which it always does.
async fn answer_of<B>(handler: OwnedHandler<B>) -> Result<HandlerAnswer<B>, Infallible> {
    Ok(handler().await)
}

/// Runs a load behind its client, with the caches of its client.
pub(crate) async fn behind(load: impl Future<Output = ()> + Send + 'static) {
    if let Err(load) = spawn::spawn(InScope::new(scope::here(), load)) {
        let _ = Caught(load).await;
    }
}
