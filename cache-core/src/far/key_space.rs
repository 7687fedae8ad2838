//! Where in a store a cache's keys lie: `blog:2:k:user:7`.

use crate::name::Name;

/// A prefix and a version: two caches with different ones on one store never see each other's keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeySpace(String);

impl KeySpace {
    /// The colons of a prefix are escaped, so that no prefix is the beginning of another space.
    pub(crate) fn new(prefix: &str, version: u32) -> Self {
        let prefix = prefix.replace('%', "%25").replace(':', "%3A");
        Self(format!("{prefix}:{version}:"))
    }

    /// What all keys begin with.
    pub(super) fn prefix(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// The name of all that lies here.
    pub(crate) fn name(&self) -> Name {
        Name::of("cache", self.0.as_bytes())
    }

    /// The key of an entry.
    pub(crate) fn entry(&self, key: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.0.len() + 2 + key.len());
        self.write_entry(key, &mut out);
        out
    }

    /// [`entry`](Self::entry), behind what is in `out` already.
    pub(super) fn write_entry(&self, key: &[u8], out: &mut Vec<u8>) {
        out.extend_from_slice(self.0.as_bytes());
        out.extend_from_slice(b"k:");
        out.extend_from_slice(key);
    }

    /// The key of the lock under which the entry is loaded.
    pub(crate) fn lock(&self, key: &[u8]) -> Vec<u8> {
        [self.0.as_bytes(), b"l:", key].concat()
    }

    /// The key of a note.
    #[cfg(feature = "http")]
    pub(crate) fn note(&self, name: Name) -> Vec<u8> {
        [self.0.as_bytes(), b"n:", &name.to_digits()].concat()
    }

    /// The key of a name's stamp.
    pub(crate) fn stamp(&self, name: Name) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.0.len() + 2 + 2 * size_of::<Name>());
        self.write_stamp(name, &mut out);
        out
    }

    /// [`stamp`](Self::stamp), behind what is in `out` already.
    pub(super) fn write_stamp(&self, name: Name, out: &mut Vec<u8>) {
        out.extend_from_slice(self.0.as_bytes());
        out.extend_from_slice(b"s:");
        out.extend_from_slice(&name.to_digits());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_do_not_meet() {
        let a = KeySpace::new("a", 1).entry(b"1:k:x");
        assert_eq!(a, b"a:1:k:1:k:x");
        assert_ne!(a, KeySpace::new("a:1:k", 1).entry(b"x"));
        assert_ne!(
            KeySpace::new("a", 12).entry(b"x"),
            KeySpace::new("a:1", 2).entry(b"x")
        );
        assert_eq!(
            KeySpace::new("a", 1).stamp(Name::from_bytes(*b"\x00\x1f89abcdef\xff\xfe0123")),
            b"a:1:s:001f3839616263646566fffe30313233"
        );
        assert_ne!(KeySpace::new("a%3A", 1), KeySpace::new("a:", 1));
    }
}
