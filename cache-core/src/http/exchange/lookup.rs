//! The look-up of a request in this process.

use std::sync::Arc;
use std::time::Duration;

use http::header::{ACCEPT_LANGUAGE, CONTENT_LANGUAGE, UPGRADE};
use http::{HeaderMap, HeaderName, Method};

use super::cache::{HttpCache, ResponseTier};
use super::client::asked;
use super::kept::{Kept, StoredResponse, VariantIndex};
use super::key::{PrimaryKey, ResponseKey};
use crate::clock;
use crate::context;
use crate::entry::{Entry, Meta};
use crate::http::cache_status::CacheStatus;
use crate::http::key::fields::KeyBytes;
use crate::http::key::parameters::Parameters;
use crate::http::ready::ReadyAnswer;
use crate::http::refusal::Bypass;
use crate::http::request::{RequestHeaders, RequestView};
use crate::http::semantics::reuse::{Reuse, reuse};
use crate::http::semantics::selecting::preferred_language;
use crate::http::semantics::storing::is_of_connection;
use crate::http::shown::FieldForm;
use crate::load::How;
use crate::policy::Freshness;

/// What was found for a request.
#[derive(Debug)]
pub(crate) struct Selected {
    pub(crate) primary: PrimaryKey,
    /// Where its response lies, or would lie, if that is not the primary key.
    variant: Option<KeyBytes>,
    /// Its response, which may be past its life.
    pub(crate) found: Option<Arc<Entry<Kept>>>,
    /// How the variants of its target are told apart, where it has some.
    index: Option<Arc<Entry<Kept>>>,
}

impl Selected {
    /// Where its response lies, or would lie.
    pub(crate) fn key(&self) -> &[u8] {
        self.variant.as_deref().unwrap_or(self.primary.bytes())
    }

    /// How the variants of its target are told apart.
    pub(super) fn index(&self) -> &VariantIndex {
        static NONE: VariantIndex = VariantIndex {
            lists: Vec::new(),
            variants: Vec::new(),
        };
        match self.index.as_deref().map(Entry::value) {
            Some(Kept::Index(index)) => index,
            _ => &NONE,
        }
    }

    /// Whether that is a copy which its store has to confirm: others may have invalidated it there.
    pub(super) fn is_unconfirmed(&self) -> bool {
        let index = self.index.as_deref();
        index.is_some_and(|index| index.is_unconfirmed())
    }
}

/// The key of a variant, and what lies there.
type FoundVariant = (KeyBytes, Arc<Entry<Kept>>);

/// What a look-up comes to.
pub(crate) enum LookedUp<F> {
    /// The answer.
    Answer(ReadyAnswer<F>),
    /// There is none that serves at once.
    Missing(Selected),
    /// Which response is wanted depends on fields of the request that are not in its view.
    Unseen,
}

impl HttpCache {
    /// Looks for the answer to a `GET` or `HEAD`, in whose path a router has read these parameters.
    ///
    /// # Errors
    ///
    /// The reason why the request is not looked up.
    pub(crate) fn look_up<F: FieldForm>(
        &self,
        request: &RequestView<'_>,
        parameters: Parameters,
    ) -> Result<LookedUp<F>, Bypass> {
        let headers = request.headers.all;
        if request.has_body || request.headers.announces_body() {
            return Err(Bypass::Body);
        }
        if request.headers.has_connection_fields {
            if headers.contains_key(UPGRADE) {
                return Err(Bypass::Upgrade);
            }
            // A proxy behind the cache would take the host away that the key holds.
            if is_of_connection(headers, &["host"]) {
                return Err(Bypass::Host);
            }
        }
        let near = self.near();
        let primary = PrimaryKey::of(request, parameters)?;
        let selected = self.select(near, primary, headers);
        if selected.index.is_some() && !request.headers.are_all {
            return Ok(LookedUp::Unseen);
        }
        let is_head = request.method == Method::HEAD;
        if let Some(entry) = &selected.found
            && let Some(answer) = self.serve_at_once(near, entry, &request.headers, is_head)
        {
            self.site()
                .counters
                .hit(near.hash(&ResponseKey(selected.key())));
            context::request::note_hit();
            return Ok(LookedUp::Answer(answer));
        }
        Ok(LookedUp::Missing(selected))
    }

    /// The answer of an entry, if it needs neither its store nor its origin.
    fn serve_at_once<F: FieldForm>(
        &self,
        near: &ResponseTier,
        entry: &Entry<Kept>,
        request: &RequestHeaders<'_>,
        is_head: bool,
    ) -> Option<ReadyAnswer<F>> {
        let Kept::Response(response) = entry.value() else {
            return None;
        };
        let age = response.age(entry);
        let verdict = reuse(&response.terms, age, &asked(request.all, &self.policy));
        let status = match verdict {
            Reuse::Fresh if near.judge(entry.view()).is_usable() => response.fresh_status(age),
            Reuse::Stale
                if near.judge(entry.view()) == Freshness::Expired && !entry.is_unconfirmed() =>
            {
                response.stale_status(age)
            }
            _ => return None,
        };
        // Of a layer around this one, which makes its own response of this.
        How::Hit.tell(near, entry);
        Some(response.ready(request, is_head, age, status))
    }

    /// Finds what a request selects in this process.
    pub(super) fn select(
        &self,
        near: &ResponseTier,
        primary: PrimaryKey,
        headers: &HeaderMap,
    ) -> Selected {
        let there = find(near, primary.bytes());
        match there.as_deref().map(Entry::value) {
            Some(Kept::Index(_)) => self.select_variant(near, primary, there, headers),
            _ => Selected {
                variant: None,
                primary,
                found: there,
                index: None,
            },
        }
    }

    /// Finds what a request selects in this process among the variants of an index.
    pub(super) fn select_variant(
        &self,
        near: &ResponseTier,
        primary: PrimaryKey,
        index: Option<Arc<Entry<Kept>>>,
        headers: &HeaderMap,
    ) -> Selected {
        let mut selected = Selected {
            variant: None,
            primary,
            found: None,
            index,
        };
        let index = selected.index();
        let mut first = None;
        let by_names = index.lists.iter().find_map(|names| {
            let key = self.variant(&selected.primary, names, headers)?;
            if let Some(found) = find(near, &key) {
                Some((key, found))
            } else {
                first.get_or_insert(key);
                None
            }
        });
        let found = by_names.or_else(|| self.in_language(near, index, headers));
        if let Some((key, found)) = found {
            (selected.variant, selected.found) = (Some(key), Some(found));
        } else if let Some(key) = first {
            selected.variant = Some(key);
        }
        selected
    }

    /// The variant in the language that a request likes best, where nothing but the language tells variants apart.
    fn in_language(
        &self,
        near: &ResponseTier,
        index: &VariantIndex,
        headers: &HeaderMap,
    ) -> Option<FoundVariant> {
        let by_language: &[HeaderName] = &[ACCEPT_LANGUAGE];
        if !self.policy.normalises || index.lists.iter().any(|list| list != by_language) {
            return None;
        }
        let wanted = preferred_language(headers)?;
        index.variants.iter().rev().find_map(|key| {
            let found = find(near, key)?;
            let Kept::Response(response) = found.value() else {
                return None;
            };
            let language = response.headers.get(CONTENT_LANGUAGE)?;
            let is_wanted = language.as_bytes().eq_ignore_ascii_case(&wanted);
            is_wanted.then(|| ((**key).into(), found))
        })
    }
}

/// What lies under a key and was not invalidated.
fn find(near: &ResponseTier, key: &[u8]) -> Option<Arc<Entry<Kept>>> {
    let key = ResponseKey(key);
    let hash = near.hash(&key);
    let is_good = |freshness| freshness != Freshness::Invalid;
    near.get_if(hash, &key, is_good, |found| found.apart().cloned())
}

impl StoredResponse {
    /// How old it is by now (RFC 9111, section 4.2.3).
    pub(super) fn age(&self, entry: &Meta) -> Duration {
        let resident = entry.life().age(clock::now());
        self.initial_age.saturating_add(resident)
    }

    pub(super) fn fresh_status(&self, age: Duration) -> CacheStatus {
        CacheStatus::Hit(self.terms.life.saturating_sub(age))
    }

    pub(super) fn stale_status(&self, age: Duration) -> CacheStatus {
        CacheStatus::Stale(age.saturating_sub(self.terms.life))
    }
}
