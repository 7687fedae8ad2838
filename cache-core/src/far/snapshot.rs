//! What a store had under a key, and whether it is still good.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::{BESIDE, Stamps};
use crate::clock::Moment;
use crate::format::blob::{self, Blob, Stamped};
use crate::format::schema::Fingerprint;
use crate::generation::Validity;
use crate::name::Name;
use crate::stats::MissReason;
use crate::store::{Found, Token, When, token_of};
use crate::tracking::ReadStart;

/// What a store had under a key, and the stamps that it had then.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    pub(crate) state: SlotState,
    /// When the store was asked: what has happened since may not have been seen.
    pub(crate) asked: Moment,
    pub(super) stamps: Arc<Stamps>,
    /// What was known before it was read, where the store reports changes.
    pub(crate) start: Option<ReadStart>,
    /// Whether it was seen [beside](super::BESIDE) the value of another type.
    pub(crate) is_beside: bool,
}

/// What a store had under the key of an entry.
#[derive(Clone, Debug)]
pub(crate) enum SlotState {
    Empty,
    Lease(Token),
    /// A value, good or not.
    Value {
        token: Token,
        /// The first of them are the token.
        bytes: Bytes,
        left: Option<Duration>,
        /// Why it is no entry of its key, if it is none.
        fault: Option<blob::BlobMismatch>,
    },
}

impl Snapshot {
    /// The condition under which what was seen may be written over.
    pub(crate) fn over(&self) -> When {
        match self.state {
            SlotState::Empty => When::Absent,
            SlotState::Lease(token) | SlotState::Value { token, .. } => When::Is(token),
        }
    }

    /// Whether somebody is loading the key.
    pub(crate) fn is_lease(&self) -> bool {
        matches!(self.state, SlotState::Lease(_))
    }

    /// How long the store keeps what was seen; `None`: until it is removed, or nobody has asked.
    pub(crate) fn left(&self) -> Option<Duration> {
        match self.state {
            SlotState::Value { left, .. } => left,
            SlotState::Empty | SlotState::Lease(_) => None,
        }
    }

    /// How old the entry is that was seen: what of its whole life in the store is over.
    pub(crate) fn age(&self, blob: &Blob<'_>) -> Duration {
        let Some(whole) = blob.times().hard else {
            return Duration::ZERO;
        };
        // A store that counts in whole seconds keeps an entry a little too long.
        let left = self.left().map_or(whole, |left| left.min(whole));
        whole.saturating_sub(left)
    }

    /// Whether the entry that was seen is there for those alone who may be served a stale value: it is past its life, or has
    /// expired.
    pub(super) fn is_stale(&self, blob: &Blob<'_>) -> bool {
        let times = blob.times();
        let has_ended = times.soft.is_some_and(|life| self.age(blob) >= life);
        (has_ended && times.serves_stale()) || self.has_expired(blob)
    }

    /// Whether something that the entry carries has expired.
    pub(crate) fn has_expired(&self, blob: &Blob<'_>) -> bool {
        !blob.names().all(|born| self.stamps.confirm(&born))
    }

    /// Why what was seen is of no use to these sites and this type; `None` if nothing was there.
    pub(crate) fn miss_reason(
        &self,
        sites: Option<&[Name]>,
        fingerprint: Fingerprint,
    ) -> Option<MissReason> {
        if self.is_beside && self.state.blob().is_none() {
            return Some(MissReason::Undecodable);
        }
        let blob = self.state.blob()?;
        let fits = blob.and_then(|blob| blob.check(sites, fingerprint).map(|()| blob));
        Some(match fits {
            Ok(_) if self.standing().is_none() => MissReason::Invalidated,
            // It was there, and is no longer fresh; or its codec could not read it.
            Ok(blob) if self.is_stale(&blob) => MissReason::Expired,
            _ => MissReason::Undecodable,
        })
    }

    /// The token of the value that was seen.
    pub(crate) fn token(&self) -> Option<Token> {
        match self.state {
            SlotState::Value { token, .. } => Some(token),
            SlotState::Empty | SlotState::Lease(_) => None,
        }
    }

    /// The names of the entry that was seen, with the stamps that they have now.
    pub(crate) fn stamps_of_entry(&self) -> Option<Vec<Stamped>> {
        let names = self.state.names();
        let names: Vec<Name> = names.filter(|name| Stamps::is_under_a_key(*name)).collect();
        self.stamps.stamped(&names)
    }

    /// The entry that was seen, if nothing that it carries has been invalidated or has expired.
    pub(super) fn good(&self) -> Option<Blob<'_>> {
        self.standing().filter(|blob| !self.has_expired(blob))
    }

    /// The entry that was seen, if nothing that it carries has been invalidated.
    pub(super) fn standing(&self) -> Option<Blob<'_>> {
        self.stands(self.state.blob()?.ok()?)
    }

    /// [`standing`](Self::standing), where it is known what the entry is.
    pub(super) fn stands<'s>(&self, blob: Blob<'s>) -> Option<Blob<'s>> {
        // A store that counts in whole seconds has it a little longer than it lives.
        if self.left() == Some(Duration::ZERO) {
            return None;
        }
        // A hand may have chosen the very key: what it has put there lies beside nothing.
        if self.is_beside && !blob.names().any(|born| born.name == BESIDE) {
            return None;
        }
        let mut names = blob.names();
        let stands = names.all(|born| self.stamps.judge(&born) != Validity::Invalid);
        stands.then_some(blob)
    }

    /// Whether a value of another type than this one was seen that others may use.
    pub(crate) fn is_of_another_type(&self, fingerprint: Fingerprint) -> bool {
        self.standing()
            .is_some_and(|blob| blob.identity().fingerprint != fingerprint)
    }
}

impl SlotState {
    pub(super) fn of(key: &[u8], found: Option<Found>) -> Self {
        let Some(Found { value: bytes, left }) = found else {
            return Self::Empty;
        };
        match token_of(&bytes) {
            Some(token) if bytes.len() == Token::LENGTH => Self::Lease(token),
            Some(token) => Self::Value {
                token,
                fault: Blob::parse(&bytes, key).err(),
                bytes,
                left,
            },
            None => Self::Empty,
        }
    }

    pub(super) fn blob(&self) -> Option<Result<Blob<'_>, blob::BlobMismatch>> {
        match self {
            Self::Value {
                fault: Some(fault), ..
            } => Some(Err(*fault)),
            Self::Value { bytes, .. } => Some(Blob::parsed(bytes)),
            Self::Empty | Self::Lease(_) => None,
        }
    }

    /// Whether there is an entry that stays in the store longer than it lives, so that its age must be known.
    pub(super) fn outlives_itself(&self) -> bool {
        let blob = self.blob().and_then(Result::ok);
        blob.is_some_and(|blob| blob.times().serves_stale())
    }

    /// The names of the entry, if it is one.
    pub(super) fn names(&self) -> impl Iterator<Item = Name> {
        let blob = self.blob().and_then(Result::ok);
        let names = blob.map(|blob| blob.names_alone());
        names.into_iter().flatten()
    }
}
