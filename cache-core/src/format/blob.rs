//! One entry as one run of bytes: everything that decides whether the value may be used, then the value.
//!
//! What a store gives back may be torn, another key's, another program's or somebody's attempt: [`Blob::parse`] takes
//! any bytes, allocates nothing, and says whether they are the entry that was asked for.
//!
//! All numbers are little-endian:
//!
//! | bytes | what |
//! |---|---|
//! | 4 | magic |
//! | 1 | format version |
//! | 1 | codec of the body |
//! | 8 | checksum of everything else |
//! | 16 | fingerprint of the body's type |
//! | 16 | site |
//! | 8, 8, 8 | soft and hard life, cost of the load, in microseconds; all ones: without end |
//! | 8, 8 | length of the key, number of names |
//! | … | the key |
//! | 48 each | the names, each with the two tokens of the stamp that it was born under |
//! | … | the body |

use std::hash::Hasher;
use std::time::Duration;

use siphasher::sip::SipHasher13;

use crate::format::codec::CodecId;
use crate::format::schema::Fingerprint;
use crate::name::Name;

#[cfg(test)]
mod tests;

/// Not text, and not the beginning of any format that is likely to lie under the same key.
const MAGIC: [u8; 4] = [0xCA, 0xC8, 0xE0, 0x0A];
/// Of this layout, and of what the codecs and fingerprints of this crate mean by theirs.
const VERSION: u8 = 2;

const CODEC_AT: usize = 5;
const CHECKSUM_AT: usize = 6;
const HEAD_AT: usize = CHECKSUM_AT + 8;

/// A name under an entry, with the stamp that the name had when the load began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamped {
    /// The name.
    pub(crate) name: Name,
    /// Its stamp: another one, or none, and the entry is invalidated.
    pub(crate) stamp: [u8; 16],
    /// What changes of a stamp when the name expires: the same stamp with another one, and the entry is stale.
    pub(crate) soft: [u8; 16],
}

/// Whose entry it is: what a reader knows before it reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity<'a> {
    /// The site that made the entry. Two sites may write one key; neither reads what the other wrote.
    pub(crate) site: Name,
    /// The structure of the body's type.
    pub(crate) fingerprint: Fingerprint,
    /// The full key, whatever the store made of it.
    pub(crate) key: &'a [u8],
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
    /// Cut short, or changed since it was written.
    Torn,
    /// Another key's entry: two keys met in the store, or an answer to another question.
    Key,
    /// Another site's entry under this key.
    Site,
    /// The type has changed since.
    Fingerprint,
}

/// An entry that is being written: the body is appended to it, and nothing is copied.
#[derive(Debug)]
pub(crate) struct EntryWriter {
    out: Vec<u8>,
    /// Where the entry begins in it.
    start: usize,
}

impl EntryWriter {
    /// Writes all but the body, behind what stands in `out` already.
    pub(crate) fn new(
        mut out: Vec<u8>,
        identity: &Identity<'_>,
        times: &Times,
        names: &[Stamped],
    ) -> Self {
        let start = out.len();
        out.reserve(HEAD_AT + 72 + identity.key.len() + names.len() * 48);
        out.extend_from_slice(&MAGIC);
        out.extend_from_slice(&[VERSION, 0]);
        out.extend_from_slice(&[0; 8]);
        out.extend_from_slice(&identity.fingerprint.to_bytes());
        out.extend_from_slice(&identity.site.to_bytes());
        let numbers = [
            times.soft.map_or(ENDLESS, micros),
            times.hard.map_or(ENDLESS, micros),
            micros(times.cost),
            identity.key.len() as u64,
            names.len() as u64,
        ];
        for number in numbers {
            out.extend_from_slice(&number.to_le_bytes());
        }
        out.extend_from_slice(identity.key);
        for stamped in names {
            out.extend_from_slice(&stamped.name.to_bytes());
            out.extend_from_slice(&stamped.stamp);
            out.extend_from_slice(&stamped.soft);
        }
        Self { out, start }
    }

    /// Where the body is appended. What stands there already belongs to the header.
    pub(crate) fn body(&mut self) -> &mut Vec<u8> {
        &mut self.out
    }

    /// The finished entry, whose body `codec` wrote.
    pub(crate) fn seal(mut self, codec: CodecId) -> Vec<u8> {
        let entry = &mut self.out[self.start..];
        entry[CODEC_AT] = codec.0;
        let sum = checksum(entry).to_le_bytes();
        entry[CHECKSUM_AT..HEAD_AT].copy_from_slice(&sum);
        self.out
    }
}

/// An entry that was read, in the bytes that a store gave.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Blob<'a> {
    identity: Identity<'a>,
    codec: CodecId,
    times: Times,
    names: &'a [u8],
    body: &'a [u8],
}

impl<'a> Blob<'a> {
    /// The entry in `bytes`, whatever it is, if it lies under `key`. Takes any bytes, and allocates nothing.
    ///
    /// The checksum is against accidents. It is no signature: who can write to the store can write entries.
    ///
    /// # Errors
    ///
    /// Why the bytes are no entry of that key.
    pub(crate) fn parse(bytes: &'a [u8], key: &[u8]) -> Result<Self, BlobMismatch> {
        let mut rest = HeadReader(bytes);
        match rest.array() {
            Some(MAGIC) => {}
            None if MAGIC.starts_with(bytes) => return Err(BlobMismatch::Torn),
            Some(_) | None => return Err(BlobMismatch::Foreign),
        }
        match rest.array() {
            Some([VERSION]) => {}
            Some([other]) => return Err(BlobMismatch::Version(other)),
            None => return Err(BlobMismatch::Torn),
        }
        let (sum, blob) = Self::read(rest).ok_or(BlobMismatch::Torn)?;
        if sum != checksum(bytes) {
            return Err(BlobMismatch::Torn);
        }
        if blob.identity.key != key {
            return Err(BlobMismatch::Key);
        }
        Ok(blob)
    }

    /// The entry in bytes that [`parse`](Self::parse) has found to be one.
    ///
    /// # Errors
    ///
    /// If they are too short to have been.
    pub(crate) fn parsed(bytes: &'a [u8]) -> Result<Self, BlobMismatch> {
        let rest = HeadReader(bytes.get(CODEC_AT..).unwrap_or_default());
        let (_, blob) = Self::read(rest).ok_or(BlobMismatch::Torn)?;
        Ok(blob)
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

    /// The checksum and the other fields behind the version, if there are bytes for all of them.
    fn read(mut rest: HeadReader<'a>) -> Option<(u64, Self)> {
        let [codec] = rest.array()?;
        let checksum = rest.number()?;
        let fingerprint = Fingerprint::from_bytes(rest.array()?);
        let site = Name::from_bytes(rest.array()?);
        let (soft, hard, cost) = (rest.number()?, rest.number()?, rest.number()?);
        let (key, names) = (rest.number()?, rest.number()?);
        let key = rest.take(key)?;
        let names = rest.take(names.checked_mul(STAMPED)?)?;
        let times = Times {
            soft: duration(soft),
            hard: duration(hard),
            cost: Duration::from_micros(cost),
        };
        let blob = Self {
            identity: Identity {
                site,
                fingerprint,
                key,
            },
            codec: CodecId(codec),
            times,
            names,
            body: rest.0,
        };
        Some((checksum, blob))
    }

    /// Whose entry it is.
    pub(crate) fn identity(&self) -> &Identity<'a> {
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
    pub(crate) fn names(&self) -> impl ExactSizeIterator<Item = Stamped> + use<'a> {
        self.names.as_chunks::<48>().0.iter().map(|all| Stamped {
            name: Name::from_bytes(third(all, 0)),
            stamp: third(all, 16),
            soft: third(all, 32),
        })
    }

    /// The value, as the codec wrote it.
    pub(crate) fn body(&self) -> &'a [u8] {
        self.body
    }
}

/// How many bytes a name takes with its stamp.
const STAMPED: u64 = 48;

fn third(all: &[u8; 48], at: usize) -> [u8; 16] {
    std::array::from_fn(|index| all[at + index])
}

/// What has not been read yet.
struct HeadReader<'a>(&'a [u8]);

impl<'a> HeadReader<'a> {
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*array)
    }

    fn number(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    fn take(&mut self, len: u64) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(usize::try_from(len).ok()?)?;
        self.0 = rest;
        Some(taken)
    }
}

/// Over all of an entry but the checksum itself; for what is shorter than that, over nothing.
///
/// Four sums side by side, each of every fourth word: a step maps sums and words one to one, so that no change within one
/// word goes unnoticed, and none of them waits for the others. It is several times as fast as a hash that hides its key,
/// and an entry has nothing to hide.
fn checksum(bytes: &[u8]) -> u64 {
    let head = bytes.get(..CHECKSUM_AT).unwrap_or_default();
    let rest = bytes.get(HEAD_AT..).unwrap_or_default();
    let mut sums = [
        0x6f6e_6520_656e_7472,
        0x7920_696e,
        0x6279_7465,
        rest.len() as u64,
    ];
    let (blocks, last) = rest.as_chunks::<32>();
    for block in blocks {
        add(&mut sums, block);
    }
    let mut padded = [0; 32];
    padded[..last.len()].copy_from_slice(last);
    add(&mut sums, &padded);
    let mut hasher = SipHasher13::new();
    hasher.write(head);
    for sum in sums {
        hasher.write(&sum.to_le_bytes());
    }
    hasher.finish()
}

/// Adds a word to each sum.
#[inline]
fn add(sums: &mut [u64; 4], block: &[u8; 32]) {
    let (words, _) = block.as_chunks::<8>();
    for (sum, word) in sums.iter_mut().zip(words) {
        // Odd, so that no two products are the same.
        *sum = (*sum ^ u64::from_le_bytes(*word))
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .rotate_left(29);
    }
}

const ENDLESS: u64 = u64::MAX;

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(ENDLESS)
}

fn duration(micros: u64) -> Option<Duration> {
    (micros != ENDLESS).then(|| Duration::from_micros(micros))
}
