//! Requests for which nothing was found that serves at once.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};

use super::asking::{Fetch, Holder};
use super::cache::HttpCache;
use super::client::Client;
use super::kept::Kept;
use super::lookup::Selected;
use super::origin::{Answered, OriginService};
use crate::entry::{Entry, EntryForm};
use crate::http::behind::behind;
use crate::http::body::AnswerBody;
use crate::http::body::reading::Reader;
use crate::http::cache_status::CacheStatus;
use crate::http::refusal::Bypass;
use crate::http::semantics::storing::Unstorable;
use crate::load::{How, Opened};

/// How often a request looks again when another one has loaded what it cannot use.
const ROUNDS: usize = 3;

impl HttpCache {
    /// Answers a request that the cache has nothing to do with, for this reason.
    pub(crate) async fn pass<B, O: OriginService<B>>(
        &'static self,
        request: Request<B>,
        reason: Bypass,
        mut origin: O,
    ) -> Answered<B, O> {
        let mut response = origin.send(request).await?;
        CacheStatus::Bypassed(reason).tell(response.headers_mut());
        Ok(response.map(AnswerBody::Through))
    }

    /// Answers a `GET` or `HEAD` for which nothing was found that serves at once. `holder` owns what is stored.
    pub(crate) async fn fetch<B, O>(
        &'static self,
        request: Request<B>,
        selected: Selected,
        origin: O,
        holder: Holder,
    ) -> Answered<B, O>
    where
        B: Default + Send + 'static,
        O: OriginService<B>,
    {
        let client = Client::of(request.method(), request.headers(), &self.policy);
        let fetch = Fetch {
            cache: self,
            client,
            selected,
            reader: Reader::Client,
            _held: holder,
        };
        Box::pin(fetch.answer(request, origin)).await
    }
}

impl Fetch {
    async fn answer<B, O>(mut self, request: Request<B>, origin: O) -> Answered<B, O>
    where
        B: Default + Send + 'static,
        O: OriginService<B>,
    {
        let is_whole =
            !self.client.is_head && (self.selected.found.is_some() || !self.client.wants_part());
        let may_load = is_whole && !self.client.asks.only_if_cached;
        if !may_load && let Some(answer) = self.in_store().await {
            return Ok(answer.map(AnswerBody::Whole));
        }
        if self.client.asks.only_if_cached {
            let mut answer = Response::new(AnswerBody::Whole(Bytes::new()));
            *answer.status_mut() = StatusCode::GATEWAY_TIMEOUT;
            CacheStatus::OnlyIfCached.tell(answer.headers_mut());
            return Ok(answer);
        }
        if self.client.asks.no_store || self.client.has_own_condition() {
            return self.alone(request, Unstorable::Request, origin).await;
        }
        if !is_whole {
            return self.alone(request, Unstorable::Partial, origin).await;
        }
        let mut is_anew = self.is_refused();
        for _ in 0..ROUNDS {
            match self.open(is_anew).await {
                Opened::Run(leader) | Opened::Failed(_, leader) | Opened::TimedOut(leader) => {
                    return self.run(request, leader, origin).await;
                }
                Opened::Ready(entry, how) => {
                    if let Some(answer) = self.serve(&*entry, how) {
                        return Ok(answer.map(AnswerBody::Whole));
                    }
                    // What another request has loaded tells how the variants of the target are told apart, or is not for this one.
                    let is_index = matches!(entry.value_as(), Some(Kept::Index(_)));
                    is_anew = !is_index;
                    self.select_again(is_index.then(|| Entry::of(entry)).flatten());
                }
                Opened::Behind(entry, how, leader) => {
                    let Some(answer) = self.serve(&*entry, how) else {
                        return self.run(request, leader, origin).await;
                    };
                    self.reader = Reader::Nobody;
                    behind(async move {
                        if let Some(leader) = Box::pin(leader.prepared()).await {
                            drop(self.run(request, leader, origin).await);
                        }
                    })
                    .await;
                    return Ok(answer.map(AnswerBody::Whole));
                }
            }
        }
        self.alone(request, Unstorable::Alone, origin).await
    }

    /// What the store has for a request that begins no load.
    async fn in_store(&mut self) -> Option<Response<Bytes>> {
        // The second time by the index of variants that was found.
        for _ in 0..2 {
            let (primary, key) = (&self.selected.primary, self.selected.key().into());
            let load = self.cache.load(primary, key, Duration::ZERO);
            // Trouble with the store is counted there.
            let entry = load.peek().await.ok().flatten()?;
            if let Some(answer) = self.serve(&*entry, How::Hit) {
                return Some(answer);
            }
            if !matches!(entry.value_as(), Some(Kept::Index(_))) {
                return None;
            }
            self.select_again(Entry::of(entry));
        }
        None
    }
}
