//! A request that goes on to the origin unless somebody else has asked there already.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};

use super::cache::HttpCache;
use super::client::Client;
use super::keep::ResponseLeader;
use super::kept::{Kept, StoredResponse};
use super::lookup::Selected;
use super::origin::{Answered, OriginService};
use crate::clock;
use crate::entry::{AnyEntry, Entry};
use crate::http::body::AnswerBody;
use crate::http::body::reading::Reader;
use crate::http::cache_status::{CacheStatus, Miss};
use crate::http::semantics::reuse::{Reuse, reuse, serves_on_error};
use crate::http::semantics::storing::Unstorable;
use crate::load::{How, Opened};

/// Who owns what a cache has stored.
pub(crate) type Holder = Arc<dyn Any + Send + Sync>;

/// A request of a client that finds nothing which serves at once.
pub(super) struct Fetch {
    pub(super) cache: &'static HttpCache,
    pub(super) client: Client,
    pub(super) selected: Selected,
    /// Who reads the response: nobody, once the client has its answer.
    pub(super) reader: Reader,
    /// Keeps what is stored, as long as something is on its way there.
    pub(super) _held: Holder,
}

impl Fetch {
    /// Whether the request is not content with what others may have.
    pub(super) fn is_refused(&self) -> bool {
        let Some((entry, response)) = self.stored() else {
            return false;
        };
        let is_usable = self.cache.near().judge(entry.view()).is_usable();
        is_usable
            && reuse(&response.terms, response.age(entry), &self.client.asks) == Reuse::Validate
    }

    /// The response that was found in this process.
    pub(super) fn stored(&self) -> Option<(&Entry<Kept>, &StoredResponse)> {
        let entry = self.selected.found.as_deref()?;
        match entry.value() {
            Kept::Response(response) => Some((entry, response)),
            Kept::Index(_) => None,
        }
    }

    /// Joins the load of what lies under the key of the request, or begins it; one of its own if `is_anew`.
    pub(super) async fn open(&self, is_anew: bool) -> Opened<'static> {
        let (primary, key) = (&self.selected.primary, self.selected.key());
        let stored = self.stored();
        let window = stored.map_or(Duration::ZERO, |(_, stored)| stored.terms.while_revalidate);
        let mut load = self.cache.load(primary, key.into(), window);
        load.revalidate();
        load.also(self.cache.expected_groups(key));
        if is_anew {
            load.anew();
        }
        load.open().await
    }

    /// Selects by what another request has loaded, which need not be kept in this process.
    pub(super) fn select_again(&mut self, index: Option<Arc<Entry<Kept>>>) {
        let (near, primary) = (self.cache.near(), self.selected.primary.clone());
        let headers = &self.client.headers;
        self.selected = match index {
            Some(_) => self.cache.select_variant(near, primary, index, headers),
            None => self.cache.select(near, primary, headers),
        };
    }

    /// The answer of an entry that somebody else has loaded, or that serves while it is validated; `None` if it does not serve.
    pub(super) fn serve(&self, entry: &dyn AnyEntry, how: How) -> Option<Response<Bytes>> {
        let Some(Kept::Response(response)) = entry.value_as() else {
            return None;
        };
        let age = response.age(entry);
        let is_stale = how == How::Stale;
        let status = match reuse(&response.terms, age, &self.client.asks) {
            Reuse::Fresh if how == How::Coalesced => CacheStatus::Collapsed(self.miss()),
            Reuse::Fresh if !is_stale => response.fresh_status(age),
            Reuse::WhileRevalidate | Reuse::Stale => response.stale_status(age),
            // Softly invalidated, it is as stale as if its life had ended.
            Reuse::Fresh if !response.terms.while_revalidate.is_zero() => {
                response.stale_status(age)
            }
            // Its origin has just failed, and is left alone for a while.
            Reuse::Fresh | Reuse::Validate if is_stale && is_in_place(response, entry, age) => {
                CacheStatus::InPlace(age.saturating_sub(response.terms.life))
            }
            Reuse::Fresh | Reuse::Validate => return None,
        };
        How::Hit.tell(self.cache.near(), entry);
        Some(response.answer(&self.client.view(), self.client.is_head, age, status))
    }

    /// What is missing.
    pub(super) fn miss(&self) -> Miss {
        match &self.selected {
            _ if self.is_refused() => Miss::Refused,
            selected if selected.found.is_some() => Miss::Stale,
            selected if selected.index().lists.is_empty() => Miss::Uri,
            _ => Miss::Variant,
        }
    }

    /// Answers the client with what its origin says, which is not stored for this reason.
    pub(super) async fn alone<B, O: OriginService<B>>(
        self,
        request: Request<B>,
        reason: Unstorable,
        origin: O,
    ) -> Answered<B, O> {
        let Selected { primary, .. } = &self.selected;
        let load = self
            .cache
            .load(primary, self.selected.key().into(), Duration::ZERO);
        self.run_alone(request, load.lead_alone(), reason, origin)
            .await
    }

    /// [`alone`](Self::alone), in a load of its own: one that encloses it learns what it depends on.
    pub(super) async fn run_alone<B, O: OriginService<B>>(
        self,
        request: Request<B>,
        mut leader: ResponseLeader,
        reason: Unstorable,
        mut origin: O,
    ) -> Answered<B, O> {
        let miss = self.miss();
        let mut response = leader.load(origin.send(request)).await?;
        leader.tell(&self.groups_of(response.headers()));
        CacheStatus::NotStored(miss, reason).tell(response.headers_mut());
        Ok(response.map(AnswerBody::Through))
    }
}

fn is_in_place(response: &StoredResponse, entry: &dyn AnyEntry, age: Duration) -> bool {
    entry.is_paused(clock::now()) && serves_on_error(&response.terms, age)
}
