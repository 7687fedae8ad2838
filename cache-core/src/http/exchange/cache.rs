//! The cache itself: where its entries lie, what invalidates them, and how they are loaded.

use std::time::Duration;

use http::{HeaderMap, HeaderName};

use super::kept::Kept;
use super::kept::encoding::KeptFormat;
use super::key::{PrimaryKey, ResponseKey, variant};
use super::seen_groups::SeenGroups;
use super::uses::Uses;
use crate::clock;
use crate::entry::ApartForm;
use crate::error::Invalidated;
use crate::http::key::fields::KeyBytes;
use crate::http::semantics::policy::HttpPolicy;
use crate::load::LoadRequest;
use crate::name::{CACHE, Name};
use crate::near::Near;
use crate::policy::{Life, Staleness};
use crate::site::{Instance, Site};
use crate::stats::Stats;
use crate::why::CallSite;

/// Where responses lie in process.
pub(crate) type ResponseTier = Near<Box<[u8]>, ApartForm<Kept>>;

/// A cache of HTTP.
#[derive(Debug)]
pub(crate) struct HttpCache {
    pub(super) instance: Instance,
    pub(crate) policy: HttpPolicy,
    /// How often what is not stored was asked for.
    pub(super) uses: Uses,
    pub(super) seen_groups: SeenGroups,
}

impl HttpCache {
    pub(crate) fn new(site: &'static Site, policy: HttpPolicy) -> Self {
        let instance = Instance::of_layer(site);
        Self {
            instance,
            policy,
            uses: Uses::default(),
            seen_groups: SeenGroups::default(),
        }
    }

    /// What it has done so far.
    pub(crate) fn stats(&self) -> Stats {
        self.site().stats()
    }

    /// Forgets all that is kept, in the store too.
    pub(crate) async fn clear(&self) -> Invalidated {
        self.site().clear(CallSite::default()).await
    }

    /// Forgets what is kept here, without a word to any store.
    pub(crate) fn forget_here(&self) {
        self.site().forget_here();
    }

    pub(super) fn near(&self) -> &'static ResponseTier {
        self.instance.near()
    }

    pub(super) fn site(&self) -> &'static Site {
        self.instance.site()
    }

    /// The name of all that is stored for a target.
    pub(super) fn name_of(&self, target: &[u8]) -> Name {
        let mut text = self.site().own_name().to_bytes().to_vec();
        text.extend_from_slice(target);
        Name::of("target", &text)
    }

    /// The load of what lies under a key of a target, which may serve for so long past its life while it is validated.
    pub(super) fn load(
        &self,
        primary: &PrimaryKey,
        key: Box<[u8]>,
        while_revalidate: Duration,
    ) -> Box<LoadRequest<'static>> {
        let near = self.near();
        let names = [
            self.site().own_name(),
            CACHE,
            self.name_of(primary.target()),
        ];
        let hash = near.hash(&ResponseKey(&key));
        let (key, names) = ((hash, near.stored(key)), Box::new(names));
        let mut request = self.instance.load_answer(near, key, names, || &KeptFormat);
        request.follow(Staleness {
            while_revalidate,
            // What is stale is kept, to be validated; whether it serves is not asked of these rules.
            if_error: self
                .policy
                .retention
                .max(self.policy.stale_if_error)
                .max(while_revalidate),
            ..Staleness::NONE
        });
        request
    }

    /// The life here of a response that is fresh for so long. One that is stale at once is kept to be validated all the same.
    pub(super) fn life(fresh: Duration) -> Life {
        const LEAST: Duration = Duration::from_millis(1);
        Life::new(clock::now(), Some(fresh.max(LEAST)))
    }

    /// The life of an index: that of the variants that it tells of, and of what follows them.
    pub(super) fn life_of_index(&self, fresh: Duration) -> Life {
        const LEAST: Duration = Duration::from_secs(7 * 24 * 3600);
        Self::life(fresh.saturating_add(self.policy.retention).max(LEAST))
    }

    /// The key of the variant that a request with these fields selects.
    pub(super) fn variant(
        &self,
        primary: &PrimaryKey,
        names: &[HeaderName],
        headers: &HeaderMap,
    ) -> Option<KeyBytes> {
        variant(primary.bytes(), names, headers, self.policy.normalises)
    }
}
