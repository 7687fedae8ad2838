//! Names: entries carry them, and invalidations mark them.

use std::hash::{BuildHasher, Hasher};

/// The 128-bit hash of a tag, a path, a key or a site; the same in every process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Name(u128);

/// The bit of names that stand for a whole rather than a part. The constants have it in their last letter.
const WHOLE: u128 = 0x20 << 120;
/// The kinds of names that stand for a whole.
const WHOLES: [&str; 3] = ["site", "copy", "tier"];

/// The name that every entry of a cache over a store carries: to forget it is to clear the cache.
pub(crate) const CACHE: Name = Name::from_bytes(*b"the whole cache ");
/// The site of what was set by hand.
pub(crate) const HAND: Name = Name::from_bytes(*b"set by hand     ");

impl Name {
    /// The name of a text, such as `Name::of("path", b"/posts")`. Names of different kinds differ.
    pub(crate) fn of(kind: &str, text: &[u8]) -> Self {
        use siphasher::sip128::{Hasher128, SipHasher13};
        // The keys are fixed, because all processes that share a store must have the same hash.
        let mut hasher = SipHasher13::new_with_keys(0x6361_6368_652d_636f, 0x7265_206e_616d_6573);
        hasher.write_u64(kind.len() as u64);
        hasher.write(kind.as_bytes());
        hasher.write(text);
        let hash = hasher.finish128().as_u128() & !WHOLE;
        let whole = if WHOLES.contains(&kind) { WHOLE } else { 0 };
        Self(hash | whole)
    }

    /// Whether it stands for a whole (a site, a cache, a tier), which is rarely marked.
    pub(crate) fn is_whole(self) -> bool {
        self.0 & WHOLE != 0
    }

    /// Its bytes, for a store.
    pub(crate) fn to_bytes(self) -> [u8; 16] {
        self.0.to_le_bytes()
    }

    /// Its bytes as hexadecimal digits, for a store.
    pub(crate) fn to_digits(self) -> [u8; 32] {
        const DIGITS: [u8; 16] = *b"0123456789abcdef";
        let bytes = self.to_bytes();
        std::array::from_fn(|at| {
            let byte = bytes[at / 2];
            let half = if at % 2 == 0 { byte >> 4 } else { byte & 15 };
            DIGITS[usize::from(half)]
        })
    }

    /// The name that [`to_bytes`](Self::to_bytes) wrote.
    pub(crate) const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(u128::from_le_bytes(bytes))
    }
}

/// The scope of names: a cache and what belongs to it. The same name in two scopes is two names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct NameScope(u64);

impl NameScope {
    /// The scope of functions that keep their values for themselves.
    pub(crate) const PRIVATE: Self = Self(0);

    /// Returns a new scope.
    pub(crate) fn fresh() -> Self {
        use std::hash::RandomState;
        Self(RandomState::new().hash_one(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cache_and_a_site_are_wholes_and_what_is_in_them_are_parts() {
        assert!(CACHE.is_whole() && Name::of("site", b"a").is_whole());
        for kind in ["tag", "namespace", "key", "path", "path with query"] {
            assert!(!Name::of(kind, b"a").is_whole(), "{kind}");
        }
    }
}
