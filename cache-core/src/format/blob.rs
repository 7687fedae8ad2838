//! One entry as one run of bytes: everything that decides whether the value may be used, then the value.
//!
//! What a store gives back may be torn, another key's, another program's or somebody's attempt: [`Blob::parse`] takes
//! any bytes, allocates nothing, and says whether they are the entry that was asked for.
//!
//! | bytes | what |
//! |---|---|
//! | 16 | seal: a hash of the key and of all that follows; as the first 16 bytes of a value, it is its token |
//! | 1 | format version |
//! | 1 | codec of the body |
//! | 8 | random, so that two entries that are alike have different seals |
//! | 12 | fingerprint of the body's type |
//! | 1 | flags: which of what follows is there |
//! | 0 or 16 | site; none: set by hand |
//! | … | lives, in seconds or microseconds, and the cost of the load, in microseconds |
//! | … | the stamp of the cache; or the number of names, then each name with its stamp |
//! | … | the body |
//!
//! Numbers have seven bits in a byte, the lowest first. A name has a second stamp only while one of the entry's names is expired.
//! The key is not written: an entry of another key has another seal.

use std::time::Duration;

use self::numbers::HeadReader;
use self::seal::seal;
pub(crate) use self::writer::EntryWriter;
use crate::format::codec::CodecId;
use crate::format::schema::Fingerprint;
use crate::name::{CACHE, HAND, Name};

mod numbers;
mod seal;
#[cfg(test)]
mod tests;
mod writer;

/// Of this layout, and of what the codecs and fingerprints of this crate mean by theirs. 0xCA began the layouts before it, and is
/// never used.
const VERSION: u8 = 0xC3;
/// What all versions have in common.
const VERSIONS: u8 = 0xC0;

const SEAL: usize = 16;
const NAME: usize = 16;
/// How many bytes of a stamp an entry carries. Stamps are random, and nobody chooses one.
pub(crate) const STAMP: usize = 12;
const CODEC_AT: usize = SEAL + 1;

/// The site is written.
const SITE: u8 = 1;
/// The value is not fresh for ever.
const SOFT: u8 = 1 << 1;
/// The soft life is in whole seconds.
const SOFT_SECONDS: u8 = 1 << 2;
/// The hard life is written; without, it is the soft one.
const HARD: u8 = 1 << 3;
/// The hard life is in whole seconds.
const HARD_SECONDS: u8 = 1 << 4;
/// The hard life has no end, and the soft one has.
const ENDLESS: u8 = 1 << 5;
/// Names are written; without, there is that of the cache alone.
const NAMES: u8 = 1 << 6;
/// Each name has a second stamp.
const EXPIRED: u8 = 1 << 7;

/// A name under an entry, with the stamp that the name had when the load began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamped {
    /// The name.
    pub(crate) name: Name,
    /// Its stamp: another one, or none, and the entry is invalidated.
    pub(crate) stamp: [u8; STAMP],
    /// What changes of a stamp when the name expires: the same stamp with another one, and the entry is stale.
    pub(crate) soft: [u8; STAMP],
}

/// Whose entry it is: what a reader knows before it reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    /// The site that made the entry. Two sites may write one key; neither reads what the other wrote.
    pub(crate) site: Name,
    /// The structure of the body's type.
    pub(crate) fingerprint: Fingerprint,
}

/// What else an entry says of its value.
///
/// Durations are kept in whole microseconds: what is below is dropped, and 584,000 years or more are without end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Times {
    /// How long the value is fresh; `None`: as long as it is kept.
    pub(crate) soft: Option<Duration>,
    /// How long the entry is kept; `None`: until it is evicted. Its age is this less what the store says remains.
    pub(crate) hard: Option<Duration>,
    /// What the load cost.
    pub(crate) cost: Duration,
}

impl Times {
    /// Whether the entry is kept for longer than its value is fresh.
    pub(crate) fn serves_stale(&self) -> bool {
        let is_longer = |(soft, hard)| hard > soft;
        self.soft.zip(self.hard).is_some_and(is_longer)
    }
}

/// Why bytes are not the entry that was asked for. Each is a miss.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub(crate) enum BlobMismatch {
    /// Not an entry of ours at all.
    Foreign,
    /// An entry in another format version.
    Version(u8),
    /// Cut short, or changed since it was written; or another key's: two keys met in the store, or it is an answer to another
    /// question.
    Torn,
    /// Another site's entry under this key.
    Site,
    /// The type has changed since.
    Fingerprint,
}

/// An entry that was read, in the bytes that a store gave.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Blob<'a> {
    identity: Identity,
    codec: CodecId,
    times: Times,
    names: Names<'a>,
    body: &'a [u8],
}

/// The names of an entry, as they are written.
#[derive(Clone, Copy, Debug)]
struct Names<'a> {
    is_expired: bool,
    /// The stamps of the name of the cache, if it stands first.
    of_cache: Option<&'a [u8]>,
    others: &'a [u8],
}

impl<'a> Blob<'a> {
    /// The entry in `bytes`, whatever it is, if it lies under `key`. Takes any bytes, and allocates nothing.
    ///
    /// The seal is against accidents. It is no signature: who can write to the store can write entries.
    ///
    /// # Errors
    ///
    /// Why the bytes are no entry of that key.
    pub(crate) fn parse(bytes: &'a [u8], key: &[u8]) -> Result<Self, BlobMismatch> {
        let (found, rest) = bytes
            .split_first_chunk::<SEAL>()
            .ok_or(BlobMismatch::Torn)?;
        match rest.first() {
            Some(&VERSION) => {}
            Some(other) if other & 0xF0 == VERSIONS => return Err(BlobMismatch::Version(*other)),
            Some(_) => return Err(BlobMismatch::Foreign),
            None => return Err(BlobMismatch::Torn),
        }
        if *found != seal(key, rest) {
            return Err(BlobMismatch::Torn);
        }
        Self::parsed(bytes)
    }

    /// The entry in bytes that [`parse`](Self::parse) has found to be one.
    ///
    /// # Errors
    ///
    /// If they are not one.
    pub(crate) fn parsed(bytes: &'a [u8]) -> Result<Self, BlobMismatch> {
        let rest = bytes.get(CODEC_AT..).unwrap_or_default();
        Self::read(HeadReader(rest)).ok_or(BlobMismatch::Torn)
    }

    /// Refuses an entry of another site than `sites`, or of another type.
    ///
    /// # Errors
    ///
    /// What does not fit.
    pub(crate) fn check(
        &self,
        sites: Option<&[Name]>,
        fingerprint: Fingerprint,
    ) -> Result<(), BlobMismatch> {
        if sites.is_some_and(|sites| !sites.contains(&self.identity.site)) {
            return Err(BlobMismatch::Site);
        }
        if self.identity.fingerprint != fingerprint {
            return Err(BlobMismatch::Fingerprint);
        }
        Ok(())
    }

    /// The fields behind the version, if there are bytes for all of them.
    fn read(mut rest: HeadReader<'a>) -> Option<Self> {
        let [codec] = rest.array()?;
        let _random: [u8; 8] = rest.array()?;
        let fingerprint = Fingerprint::from_bytes(rest.array()?);
        let [flags] = rest.array()?;
        let has = |flag| flags & flag != 0;
        let site = if has(SITE) {
            Name::from_bytes(rest.array()?)
        } else {
            HAND
        };
        let times = Times::read(&mut rest, flags)?;
        let names = Names::read(&mut rest, flags)?;
        Some(Self {
            identity: Identity { site, fingerprint },
            codec: CodecId(codec),
            times,
            names,
            body: rest.0,
        })
    }

    /// Whose entry it is.
    pub(crate) fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Which codec wrote the body.
    pub(crate) fn codec(&self) -> CodecId {
        self.codec
    }

    /// The lives that the entry was given, and what its load cost.
    pub(crate) fn times(&self) -> Times {
        self.times
    }

    /// The names under which it can be invalidated, in the order in which they were written.
    pub(crate) fn names(&self) -> impl Iterator<Item = Stamped> + use<'a> {
        let Names {
            is_expired,
            of_cache,
            others,
        } = self.names;
        let stamped = move |name, stamps: &[u8]| Stamped {
            name,
            stamp: bytes_at(stamps, 0),
            soft: bytes_at(stamps, if is_expired { STAMP } else { 0 }),
        };
        let of_cache = of_cache.map(|stamps| stamped(CACHE, stamps));
        let others = others.chunks_exact(NAME + stamps_length(is_expired));
        let others = others.map(move |all| {
            let (name, stamps) = all.split_at(NAME);
            stamped(Name::from_bytes(bytes_at(name, 0)), stamps)
        });
        of_cache.into_iter().chain(others)
    }

    /// The same names, without their stamps.
    pub(crate) fn names_alone(&self) -> impl Iterator<Item = Name> + use<'a> {
        let Names {
            is_expired,
            of_cache,
            others,
        } = self.names;
        let others = others.chunks_exact(NAME + stamps_length(is_expired));
        let others = others.map(|all| Name::from_bytes(bytes_at(all, 0)));
        of_cache.map(|_| CACHE).into_iter().chain(others)
    }

    /// The value, as the codec wrote it.
    pub(crate) fn body(&self) -> &'a [u8] {
        self.body
    }
}

impl Times {
    fn read(rest: &mut HeadReader<'_>, flags: u8) -> Option<Self> {
        let has = |flag| flags & flag != 0;
        let mut life = |is_there, seconds| {
            if !has(is_there) {
                return Some(None);
            }
            let number = rest.number()?;
            let unit = if has(seconds) { SECOND } else { 1 };
            Some(Some(Duration::from_micros(number.checked_mul(unit)?)))
        };
        let soft = life(SOFT, SOFT_SECONDS)?;
        let hard = life(HARD, HARD_SECONDS)?;
        let hard = match hard {
            Some(hard) => Some(hard),
            None if has(ENDLESS) => None,
            None => soft,
        };
        let cost = Duration::from_micros(rest.number()?);
        Some(Self { soft, hard, cost })
    }
}

impl<'a> Names<'a> {
    fn read(rest: &mut HeadReader<'a>, flags: u8) -> Option<Self> {
        let is_expired = flags & EXPIRED != 0;
        let (count, leads) = if flags & NAMES == 0 {
            (1, true)
        } else {
            let number = rest.number()?;
            (number >> 1, number & 1 == 1)
        };
        let stamps = stamps_length(is_expired) as u64;
        let of_cache = if leads {
            Some(rest.take(stamps)?)
        } else {
            None
        };
        let others = count.checked_sub(u64::from(leads))?;
        let others = rest.take(others.checked_mul(NAME as u64 + stamps)?)?;
        Some(Self {
            is_expired,
            of_cache,
            others,
        })
    }
}

const fn stamps_length(is_expired: bool) -> usize {
    if is_expired { 2 * STAMP } else { STAMP }
}

/// So many bytes, where there are as many.
fn bytes_at<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(&bytes[at..at + N]);
    out
}

/// In microseconds.
const SECOND: u64 = 1_000_000;
