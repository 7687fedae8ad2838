//! What stands in a file: a header, the key, the value.

use std::fs::File;
use std::hash::Hasher;
use std::io::{self, Read, Seek};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use siphasher::sip128::{Hasher128, SipHasher13};

/// A format that changes gets another magic: files of the old one count as spoiled.
const MAGIC: [u8; 8] = *b"cachef1\n";

/// The magic, the deadline, the ttl, the lengths of key and value, and a checksum over everything but itself.
pub(super) const HEADER: usize = 8 + 8 + 8 + 8 + 8 + 16;

/// How long an entry lives, in milliseconds: a file outlives the process, so this counts by the date. The date may be set
/// back, therefore the whole life stands beside its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RecordLife {
    deadline: u64,
    ttl: u64,
}

const ENDLESS: u64 = u64::MAX;

/// What is left of a life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LifeLeft {
    Endless,
    For(Duration),
    Over,
}

impl RecordLife {
    pub(super) fn new(ttl: Option<Duration>, now: SystemTime) -> Self {
        let rounded_up = |ttl: Duration| ttl.as_nanos().div_ceil(1_000_000);
        let ttl = ttl.and_then(|ttl| u64::try_from(rounded_up(ttl)).ok());
        let deadline = ttl.and_then(|ttl| ttl.checked_add(milliseconds(now)));
        let endless = Self {
            deadline: ENDLESS,
            ttl: ENDLESS,
        };
        ttl.zip(deadline)
            .map_or(endless, |(ttl, deadline)| Self { deadline, ttl })
    }

    pub(super) fn left(self, now: SystemTime) -> LifeLeft {
        if self.deadline == ENDLESS {
            return LifeLeft::Endless;
        }
        match self.deadline.saturating_sub(milliseconds(now)) {
            0 => LifeLeft::Over,
            left => LifeLeft::For(Duration::from_millis(left.min(self.ttl))),
        }
    }
}

fn milliseconds(date: SystemTime) -> u64 {
    let since = date.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(ENDLESS)
}

/// The header of a file, as far as it can be believed without its rest.
pub(super) struct Header {
    pub(super) life: RecordLife,
    key: u64,
    value: u64,
    checksum: u128,
}

/// What a file holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// This key's value.
    Value(RecordLife, Bytes),
    /// The value of another key, whose hash is the same.
    OfAnother,
    /// Nothing that a store has written, or a part of it.
    Spoiled,
}

/// The length of the file of an entry.
pub(super) fn length(key: &[u8], value: &[u8]) -> u64 {
    (HEADER + key.len()) as u64 + value.len() as u64
}

/// The header that stands before a key and its value.
pub(super) fn header(key: &[u8], value: &[u8], life: RecordLife) -> [u8; HEADER] {
    let numbers = [
        life.deadline,
        life.ttl,
        key.len() as u64,
        value.len() as u64,
    ];
    let checksum = checksum(numbers, key, value);
    let mut header = [0; HEADER];
    let parts = [MAGIC]
        .into_iter()
        .chain(numbers.map(u64::to_le_bytes))
        .flatten()
        .chain(checksum.to_le_bytes());
    header
        .iter_mut()
        .zip(parts)
        .for_each(|(to, from)| *to = from);
    header
}

/// Reads the header of a file of this length; `None` if it is none.
pub(super) fn read_header(file: &mut File, length: u64) -> io::Result<Option<Header>> {
    let mut bytes = [0; HEADER];
    match file.read_exact(&mut bytes) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        read => read?,
    }
    Ok(parsed(&bytes).filter(|header| header.length() == Some(length)))
}

/// Of a larger file the header is looked at before memory is taken for all of it.
const LARGE: usize = 1 << 20;

/// Reads a file of this length, all of it.
pub(super) fn read(file: &mut File, length: u64, key: &[u8]) -> io::Result<Content> {
    let Ok(whole) = usize::try_from(length) else {
        return Ok(Content::Spoiled);
    };
    if whole > LARGE {
        if read_header(file, length)?.is_none() {
            return Ok(Content::Spoiled);
        }
        file.rewind()?;
    }
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(whole)?;
    file.take(length).read_to_end(&mut bytes)?;
    let header = bytes.first_chunk().and_then(parsed);
    let Some(header) = header.filter(|header| header.length() == Some(length)) else {
        return Ok(Content::Spoiled);
    };
    let is_whole = bytes.len() == whole;
    let content = bytes.get(HEADER..).unwrap_or_default();
    let key_length = usize::try_from(header.key).unwrap_or(usize::MAX);
    let Some((own_key, value)) = content.split_at_checked(key_length) else {
        return Ok(Content::Spoiled);
    };
    let numbers = [
        header.life.deadline,
        header.life.ttl,
        header.key,
        header.value,
    ];
    if !is_whole || checksum(numbers, own_key, value) != header.checksum {
        return Ok(Content::Spoiled);
    }
    if own_key != key {
        return Ok(Content::OfAnother);
    }
    let value = Bytes::from(bytes).split_off(HEADER + key_length);
    Ok(Content::Value(header.life, value))
}

impl Header {
    fn length(&self) -> Option<u64> {
        self.key.checked_add(self.value)?.checked_add(HEADER as u64)
    }
}

fn parsed(bytes: &[u8; HEADER]) -> Option<Header> {
    let (magic, rest) = bytes.split_first_chunk()?;
    let (deadline, rest) = rest.split_first_chunk()?;
    let (ttl, rest) = rest.split_first_chunk()?;
    let (key, rest) = rest.split_first_chunk()?;
    let (value, rest) = rest.split_first_chunk()?;
    let checksum = rest.first_chunk()?;
    (*magic == MAGIC).then_some(Header {
        life: RecordLife {
            deadline: u64::from_le_bytes(*deadline),
            ttl: u64::from_le_bytes(*ttl),
        },
        key: u64::from_le_bytes(*key),
        value: u64::from_le_bytes(*value),
        checksum: u128::from_le_bytes(*checksum),
    })
}

fn checksum(numbers: [u64; 4], key: &[u8], value: &[u8]) -> u128 {
    let mut hasher = SipHasher13::new();
    hasher.write(numbers.map(u64::to_le_bytes).as_flattened());
    hasher.write(key);
    hasher.write(value);
    hasher.finish128().as_u128()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_life_ends_at_its_deadline_and_never_grows() {
        let now = UNIX_EPOCH + Duration::from_secs(1_000_000);
        let minute = Duration::from_secs(60);
        let life = RecordLife::new(Some(minute), now);
        assert_eq!(life.left(now), LifeLeft::For(minute));
        assert_eq!(life.left(now + minute / 2), LifeLeft::For(minute / 2));
        assert_eq!(life.left(now + minute), LifeLeft::Over);
        // The date was set back.
        assert_eq!(life.left(now - 1000 * minute), LifeLeft::For(minute));
        assert_eq!(life.left(UNIX_EPOCH - minute), LifeLeft::For(minute));
    }

    #[test]
    fn a_life_too_long_to_be_counted_has_no_end() {
        let now = UNIX_EPOCH + Duration::from_secs(1_000_000);
        assert_eq!(RecordLife::new(None, now).left(now), LifeLeft::Endless);
        assert_eq!(
            RecordLife::new(Some(Duration::MAX), now).left(now),
            LifeLeft::Endless
        );
        let short = RecordLife::new(Some(Duration::from_nanos(1)), now).left(now);
        assert_eq!(short, LifeLeft::For(Duration::from_millis(1)));
    }

    /// Memory for all of it would not be there.
    #[test]
    fn a_file_that_is_no_record_is_spoiled_however_long_it_is() {
        let name = format!("cache-core-{}-no-record", std::process::id());
        let path = std::env::temp_dir().join(name);
        let mut file = File::create_new(&path).unwrap();
        for length in [0, 7, u64::try_from(LARGE).unwrap() + 1, 1 << 42] {
            file.set_len(length).unwrap();
            file = File::options().read(true).write(true).open(&path).unwrap();
            let content = read(&mut file, length, b"key");
            assert!(matches!(content, Ok(Content::Spoiled)), "{length}");
        }
        std::fs::remove_file(path).unwrap();
    }
}
