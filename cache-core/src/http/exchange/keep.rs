//! Responses on their way into the store.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderName};

use super::cache::HttpCache;
use super::kept::{Kept, StoredResponse, VariantIndex};
use super::lookup::Selected;
use crate::entry::Entry;
use crate::http::keep::HIT_FOR_MISS;
use crate::http::semantics::storing::Unstorable;
use crate::http::vary::{ResponseVary, asked};
use crate::load::{Leader, Opened};
use crate::name::Name;
use crate::policy::Life;

/// The load of a response.
pub(super) type ResponseLeader = Box<Leader<'static>>;

impl HttpCache {
    /// Ends a load with a response that is to be stored. `request` has the fields of the request that it answers.
    ///
    /// # Errors
    ///
    /// Why it is not stored: something that it depends on was invalidated meanwhile, or its key is too long.
    pub(super) async fn keep(
        &self,
        mut leader: ResponseLeader,
        selected: &Selected,
        request: &HeaderMap,
        response: StoredResponse,
    ) -> Result<(), Unstorable> {
        let fresh = response.terms.life.saturating_sub(response.initial_age);
        let fresh = if response.terms.no_cache {
            Duration::ZERO
        } else {
            fresh
        };
        let life = Self::life(fresh);
        let names = names_in_vary(&response.headers);
        let primary = &selected.primary;
        let key = if names.is_empty() {
            Some(primary.bytes().into())
        } else {
            self.variant(primary, &names, request)
        };
        let Some(key) = key else {
            // Others may have shorter fields.
            leader.refuse(Duration::ZERO).await;
            return Err(Unstorable::KeyTooLong);
        };
        let Some(groups) = self.new_groups(&leader, (primary, &key), &response.headers) else {
            leader.refuse(HIT_FOR_MISS).await;
            return Err(Unstorable::TooManyGroups);
        };
        let index = (!names.is_empty()).then(|| {
            let same = || (selected.index().clone(), None);
            let more = selected.index().with(&names, &key);
            more.or_else(|| selected.is_unconfirmed().then(same))
        });
        let index = index.flatten();
        if *key == *selected.key() {
            if let Some((index, gone)) = index {
                let life = self.life_of_index(fresh);
                // If it fails, the variant is not found, and is loaded again.
                let _ = self
                    .put(
                        &leader,
                        selected,
                        (primary.bytes(), &[]),
                        Kept::Index(index),
                        life,
                    )
                    .await;
                self.remove(selected, gone).await;
            }
            let entry = entry(&mut leader, Kept::Response(response), life, &groups);
            leader.keep(entry.clone()).await;
            return self.if_live(&entry, &groups);
        }
        let kept = self
            .put(
                &leader,
                selected,
                (&key, &groups),
                Kept::Response(response),
                life,
            )
            .await;
        let index = index.unwrap_or_else(|| (selected.index().clone(), None));
        self.keep_index(leader, selected, &names, index, fresh)
            .await;
        kept
    }

    /// Ends a load whose response lies under another key.
    async fn keep_index(
        &self,
        mut leader: ResponseLeader,
        selected: &Selected,
        names: &[HeaderName],
        (index, gone): (VariantIndex, Option<Box<[u8]>>),
        fresh: Duration,
    ) {
        let life = self.life_of_index(fresh);
        if names.is_empty() {
            // The response took the place of the index.
            return leader.refuse(Duration::ZERO).await;
        }
        if selected.key() == selected.primary.bytes() {
            let entry = entry(&mut leader, Kept::Index(index), life, &[]);
            leader.keep(entry).await;
        } else {
            let primary = selected.primary.bytes();
            // If it fails, the variant is not found, and is loaded again.
            let _ = self
                .put(&leader, selected, (primary, &[]), Kept::Index(index), life)
                .await;
            leader.refuse(Duration::ZERO).await;
        }
        self.remove(selected, gone).await;
    }

    /// Puts what a load has brought under another key than its own. It depends on all that the load depends on, and on these groups.
    ///
    /// # Errors
    ///
    /// If something of that was invalidated meanwhile.
    async fn put(
        &self,
        leader: &ResponseLeader,
        selected: &Selected,
        (key, groups): (&[u8], &[Name]),
        kept: Kept,
        life: Life,
    ) -> Result<(), Unstorable> {
        let mut load = self.load(&selected.primary, key.into(), Duration::ZERO);
        // A load that nobody waits for any more gives way to what is there.
        if !leader.is_solo() {
            load.anew();
        }
        let Opened::Run(mut inner) = load.open().await else {
            return Err(Unstorable::Invalidated);
        };
        {
            let _inside = inner.enter();
            leader.tell(&[]);
        }
        let entry = entry(&mut inner, kept, life, groups);
        inner.keep(entry.clone()).await;
        self.if_live(&entry, groups)
    }

    fn if_live(&self, entry: &Entry<Kept>, new_groups: &[Name]) -> Result<(), Unstorable> {
        if self.near().is_live(entry.view()) {
            Ok(())
        } else if new_groups.is_empty() {
            Err(Unstorable::Invalidated)
        } else {
            Err(Unstorable::NewGroups)
        }
    }

    /// Removes a variant that has given way to another one.
    async fn remove(&self, selected: &Selected, key: Option<Box<[u8]>>) {
        if let Some(key) = key {
            let load = self.load(&selected.primary, key, Duration::ZERO);
            load.leave_nothing().await;
        }
    }
}

fn entry(leader: &mut ResponseLeader, kept: Kept, life: Life, groups: &[Name]) -> Arc<Entry<Kept>> {
    let weight = kept.weight();
    leader.entry(kept, life, weight, groups)
}

/// The fields that a response names in `Vary`, each once, in one order.
fn names_in_vary(headers: &HeaderMap) -> Vec<HeaderName> {
    let ResponseVary::Headers(names) = asked(headers) else {
        return Vec::new();
    };
    let names = names.into_iter();
    let mut names: Vec<HeaderName> = names
        .filter_map(|name| HeaderName::from_bytes(name.as_bytes()).ok())
        .collect();
    names.sort_unstable_by(|one, other| one.as_str().cmp(other.as_str()));
    names.dedup();
    names
}
