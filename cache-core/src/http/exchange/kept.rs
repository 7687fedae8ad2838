//! What is kept under a key: a response, or how the variants of a target are told apart.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::{AGE, CONTENT_LENGTH, DATE, ETAG, LAST_MODIFIED, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use once_cell::sync::OnceCell;

use crate::http::body::length::has_no_body;
use crate::http::room::set;
use crate::http::semantics::fields::strip_connection;
use crate::http::semantics::storing::StoringTerms;
use crate::http::shown::ShownFields;
use crate::http::stored::{in_one_buffer, weight};
use crate::http::validators::insert_date;

pub(crate) mod encoding;

/// What is kept under a key.
#[derive(Clone, Debug)]
pub(crate) enum Kept {
    /// A response.
    Response(StoredResponse),
    /// How the variants of a target are told apart.
    Index(VariantIndex),
}

impl Kept {
    /// What it costs to keep, in bytes, roughly.
    pub(crate) fn weight(&self) -> usize {
        match self {
            Self::Response(response) => response.body.len() + weight(&response.headers),
            Self::Index(index) => index.variants.iter().map(|key| key.len()).sum(),
        }
    }
}

/// A stored response. Its header fields are those of its origin, without those of the connection and without `Age`.
#[derive(Debug)]
pub(crate) struct StoredResponse {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) terms: StoringTerms,
    /// How old it was when it was stored.
    pub(crate) initial_age: Duration,
    /// Made at the first hit.
    pub(super) shown: OnceCell<Box<ShownFields>>,
}

impl Clone for StoredResponse {
    fn clone(&self) -> Self {
        Self {
            status: self.status,
            headers: self.headers.clone(),
            body: self.body.clone(),
            terms: self.terms,
            initial_age: self.initial_age,
            // The fields of the copy may change.
            shown: OnceCell::new(),
        }
    }
}

impl StoredResponse {
    /// A response as it is kept.
    pub(crate) fn new(
        status: StatusCode,
        mut headers: HeaderMap,
        body: Bytes,
        terms: StoringTerms,
        initial_age: Duration,
        now: SystemTime,
    ) -> Self {
        strip_connection(&mut headers);
        headers.remove(AGE);
        headers.remove(TRANSFER_ENCODING);
        if !has_no_body(status) {
            set(&mut headers, CONTENT_LENGTH, HeaderValue::from(body.len()));
        }
        // A recipient that stores a response without a date gives it one (RFC 9110, section 6.6.1).
        if !headers.contains_key(DATE) {
            insert_date(&mut headers, DATE, now);
        }
        Self {
            status,
            headers: in_one_buffer(&headers),
            body,
            terms,
            initial_age,
            shown: OnceCell::new(),
        }
    }

    pub(crate) fn tag(&self) -> Option<&HeaderValue> {
        self.headers.get(ETAG)
    }

    pub(crate) fn modified(&self) -> Option<&HeaderValue> {
        self.headers.get(LAST_MODIFIED)
    }
}

/// How the variants of a target are told apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct VariantIndex {
    /// The fields that responses named in `Vary`, the youngest list first.
    pub(crate) lists: Vec<Vec<HeaderName>>,
    /// The keys of the variants that are stored, the oldest first.
    pub(crate) variants: Vec<Box<[u8]>>,
}

impl VariantIndex {
    /// A look-up tries at most this many lists.
    const MOST_LISTS: usize = 4;

    /// At most this many variants of one target are stored.
    pub(crate) const MOST_VARIANTS: usize = 64;

    /// The same with one more variant, and the key of the one that gives way to it; `None` if it knows that variant.
    pub(crate) fn with(
        &self,
        names: &[HeaderName],
        key: &[u8],
    ) -> Option<(Self, Option<Box<[u8]>>)> {
        let is_first = self.lists.first().is_some_and(|list| list == names);
        let is_known = self.variants.iter().any(|known| **known == *key);
        if is_first && is_known {
            return None;
        }
        let mut next = self.clone();
        next.lists.retain(|list| list != names);
        next.lists.insert(0, names.to_vec());
        next.lists.truncate(Self::MOST_LISTS);
        if !is_known {
            next.variants.push(key.into());
        }
        let gone = (next.variants.len() > Self::MOST_VARIANTS).then(|| next.variants.remove(0));
        Some((next, gone))
    }
}

#[cfg(test)]
mod tests {
    use http::header::{ACCEPT, ACCEPT_LANGUAGE};

    use super::*;

    #[test]
    fn an_index_knows_what_it_has() {
        let (index, _) = VariantIndex::default().with(&[ACCEPT], b"1").unwrap();
        assert!(index.with(&[ACCEPT], b"1").is_none());
        let (index, _) = index.with(&[ACCEPT_LANGUAGE], b"2").unwrap();
        assert_eq!(index.lists, [[ACCEPT_LANGUAGE], [ACCEPT]]);
        let (index, gone) = index.with(&[ACCEPT], b"1").unwrap();
        assert_eq!(index.lists, [[ACCEPT], [ACCEPT_LANGUAGE]]);
        assert_eq!((index.variants.len(), gone), (2, None));
    }

    #[test]
    fn the_oldest_variant_gives_way() {
        let mut index = VariantIndex::default();
        for at in 0..VariantIndex::MOST_VARIANTS {
            let key = at.to_le_bytes();
            let (next, gone) = index.with(&[ACCEPT], &key).unwrap();
            assert_eq!(gone, None);
            index = next;
        }
        let (index, gone) = index.with(&[ACCEPT], b"new").unwrap();
        assert_eq!(gone.as_deref(), Some(&0_usize.to_le_bytes()[..]));
        assert_eq!(index.variants.len(), VariantIndex::MOST_VARIANTS);
    }
}
