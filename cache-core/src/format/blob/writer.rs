//! Writing an entry.

use std::time::Duration;

use super::numbers::write;
use super::seal::seal;
use super::{
    CODEC_AT, ENDLESS, EXPIRED, HARD, HARD_SECONDS, Identity, NAMES, SEAL, SECOND, SITE, SOFT,
    SOFT_SECONDS, Stamped, Times, VERSION,
};
use crate::format::codec::CodecId;
use crate::name::{CACHE, HAND, Name};

/// An entry that is being written: the body is appended to it, and nothing is copied.
#[derive(Debug)]
pub(crate) struct EntryWriter<'k> {
    out: Vec<u8>,
    key: &'k [u8],
}

impl<'k> EntryWriter<'k> {
    /// Writes all but the body of the entry of this key. `nonce` is random.
    pub(crate) fn new(
        nonce: [u8; 8],
        key: &'k [u8],
        identity: &Identity,
        times: &Times,
        names: &[Stamped],
    ) -> Self {
        let mut out = Vec::with_capacity(SEAL + 64 + names.len() * 40);
        out.extend_from_slice(&[0; SEAL]);
        out.extend_from_slice(&[VERSION, 0]);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(&identity.fingerprint.to_bytes());
        let flags_at = out.len();
        out.push(0);
        let mut flags = write_site(&mut out, identity.site);
        flags |= write_times(&mut out, times);
        flags |= write_names(&mut out, names);
        out[flags_at] = flags;
        Self { out, key }
    }

    /// Where the body is appended. What stands there already belongs to the header.
    pub(crate) fn body(&mut self) -> &mut Vec<u8> {
        &mut self.out
    }

    /// The finished entry, whose body `codec` wrote.
    pub(crate) fn seal(mut self, codec: CodecId) -> Vec<u8> {
        self.out[CODEC_AT] = codec.0;
        let seal = seal(self.key, &self.out[SEAL..]);
        self.out[..SEAL].copy_from_slice(&seal);
        self.out
    }
}

fn write_site(out: &mut Vec<u8>, site: Name) -> u8 {
    if site == HAND {
        return 0;
    }
    out.extend_from_slice(&site.to_bytes());
    SITE
}

fn write_times(out: &mut Vec<u8>, times: &Times) -> u8 {
    let (soft, hard) = (micros(times.soft), micros(times.hard));
    let mut flags = 0;
    if let Some(soft) = soft {
        flags |= SOFT | write_life(out, soft, SOFT_SECONDS);
    }
    match hard {
        hard if hard == soft => {}
        Some(hard) => flags |= HARD | write_life(out, hard, HARD_SECONDS),
        None => flags |= ENDLESS,
    }
    write(out, micros(Some(times.cost)).unwrap_or(u64::MAX));
    flags
}

/// Most lives are whole seconds, and these are short numbers.
fn write_life(out: &mut Vec<u8>, micros: u64, seconds: u8) -> u8 {
    let is_whole = micros.is_multiple_of(SECOND);
    write(out, if is_whole { micros / SECOND } else { micros });
    if is_whole { seconds } else { 0 }
}

fn write_names(out: &mut Vec<u8>, names: &[Stamped]) -> u8 {
    let is_expired = names.iter().any(|stamped| stamped.soft != stamped.stamp);
    let mut flags = if is_expired { EXPIRED } else { 0 };
    let leads = names.first().is_some_and(|first| first.name == CACHE);
    if !leads || names.len() > 1 {
        flags |= NAMES;
        // The name of the cache stands first in most entries, and is not written there.
        write(out, (names.len() as u64) << 1 | u64::from(leads));
    }
    for (at, stamped) in names.iter().enumerate() {
        if at > 0 || !leads {
            out.extend_from_slice(&stamped.name.to_bytes());
        }
        out.extend_from_slice(&stamped.stamp);
        if is_expired {
            out.extend_from_slice(&stamped.soft);
        }
    }
    flags
}

/// `None`: without end, or so long that it does not matter.
fn micros(duration: Option<Duration>) -> Option<u64> {
    u64::try_from(duration?.as_micros()).ok()
}
