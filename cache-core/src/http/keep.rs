//! How the load of a page ends.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;

use super::page::Page;
use super::refusal::Refusal;
use super::render::PageLeader;
use super::stored::StoredPage;
use crate::clock;
use crate::entry::{AnyEntry, Entry, Meta};
use crate::policy::Life;

/// How long requests do not wait for each other after an answer that was not kept.
pub(super) const HIT_FOR_MISS: Duration = Duration::from_secs(1);

impl Page {
    /// Ends a load with a page that is kept for `ttl` under a key of this length.
    pub(super) async fn keep(
        &self,
        mut leader: PageLeader,
        page: StoredPage,
        ttl: Duration,
        key_length: usize,
    ) -> Arc<Entry<StoredPage>> {
        let life = Life::new(clock::now(), Some(ttl));
        let old = leader.old().cloned();
        let old: Option<&StoredPage> = old.as_ref().and_then(|old| old.value_as());
        let page = match old {
            Some(old) => page.dated_as(old),
            None => page,
        };
        leader.compare(&page);
        let meta = leader.meta(life, 0, &[]);
        let page = self.tagged(page, &meta);
        let weight = page.weight() + key_length;
        let entry = Entry::new(page, meta.weighing(weight));
        leader.keep(entry.clone()).await;
        entry
    }

    /// The page with the tags of all that invalidates its entry, by which CDNs purge it.
    fn tagged(&self, page: StoredPage, entry: &Meta) -> StoredPage {
        let cache = self.site().cache();
        let fields = cache.cdn_fields();
        if fields.is_empty() || entry.is_tainted() {
            return page;
        }
        page.tagged(fields, &[entry.names(), &[cache.whole_name()]].concat())
    }

    /// Ends a load that brought nothing to keep. If it has failed, this is the stale page that serves in its place.
    pub(super) async fn end_without(
        &self,
        mut leader: PageLeader,
        status: StatusCode,
        reason: Refusal,
    ) -> Option<Arc<dyn AnyEntry>> {
        if reason == Refusal::Failed {
            self.site().counters.error();
        }
        match reason {
            Refusal::Failed => leader.note_failure(),
            reason => leader.note_refusal(reason.detail()),
        }
        let has_failed = status.is_server_error() || reason == Refusal::BodyBroken;
        let stale = has_failed.then(|| leader.stale()).flatten();
        match reason {
            _ if leader.is_alone() => {}
            _ if stale.is_some() => leader.fail(None),
            // That says nothing of the page that is there.
            Refusal::BodyTooSlow => {
                leader.spare_stale();
                leader.refuse(HIT_FOR_MISS).await;
            }
            // An argument that is set aside may reject one client: that must not keep the page from the others.
            Refusal::Rejected => {
                leader.spare_stale();
                leader.fail(None);
            }
            Refusal::Failed => {
                if !has_failed {
                    leader.end_stale().await;
                }
                leader.fail(None);
            }
            _ => leader.refuse(HIT_FOR_MISS).await,
        }
        stale
    }
}
