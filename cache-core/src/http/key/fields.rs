//! Bytes one after another, each with its length in front, so that no two sequences of parts read the same.

use std::cell::RefCell;
use std::ops::Deref;

/// The most bytes that the key of a request may have; a request beyond it is not cached.
pub(crate) const KEY_LIMIT: usize = 8 * 1024;

/// Another part of a list follows.
const MORE: u8 = 1;
const END: u8 = 0;

/// Enough for most keys.
const USUAL: usize = 128;

thread_local! {
    /// The memory of the last keys, so that a look-up allocates none. One key may be written beside another.
    static SPARE: RefCell<[Vec<u8>; 2]> = const { RefCell::new([Vec::new(), Vec::new()]) };
}

/// The bytes of a key, in memory that the next key of the thread gets.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct KeyBytes(Vec<u8>);

impl KeyBytes {
    fn new() -> Self {
        let spare = SPARE.try_with(|spare| {
            let mut spare = spare.borrow_mut();
            let found = spare.iter_mut().find(|spare| spare.capacity() > 0);
            found.map(std::mem::take)
        });
        let spare = spare.ok().flatten();
        Self(spare.unwrap_or_else(|| Vec::with_capacity(USUAL)))
    }
}

impl Drop for KeyBytes {
    fn drop(&mut self) {
        let mut bytes = std::mem::take(&mut self.0);
        if !(1..=KEY_LIMIT).contains(&bytes.capacity()) {
            return;
        }
        // What does not fit is freed here, and so is what comes when the thread ends.
        let _ = SPARE.try_with(|spare| {
            let mut spare = spare.borrow_mut();
            if let Some(place) = spare.iter_mut().find(|place| place.capacity() == 0) {
                bytes.clear();
                *place = bytes;
            }
        });
    }
}

impl Clone for KeyBytes {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl From<&[u8]> for KeyBytes {
    fn from(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }
}

impl Deref for KeyBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

/// Writes parts. Whether there was room for all of them is said at the end.
#[derive(Clone, Debug)]
pub(crate) struct FieldWriter {
    bytes: KeyBytes,
    is_too_long: bool,
}

impl FieldWriter {
    pub(crate) fn new() -> Self {
        Self {
            bytes: KeyBytes::new(),
            is_too_long: false,
        }
    }

    /// One byte that tells forms apart.
    pub(crate) fn tag(&mut self, tag: u8) {
        self.bytes.0.push(tag);
    }

    /// One part.
    pub(crate) fn field(&mut self, part: &[u8]) {
        self.put([], part);
    }

    /// One part behind these tags.
    fn put<const TAGS: usize>(&mut self, tags: [u8; TAGS], part: &[u8]) {
        let added = TAGS + 2 + part.len();
        match u16::try_from(part.len()) {
            Ok(length) if self.bytes.len() + added <= KEY_LIMIT => {
                let bytes = &mut self.bytes.0;
                bytes.reserve(added);
                bytes.extend_from_slice(&tags);
                bytes.extend_from_slice(&length.to_le_bytes());
                bytes.extend_from_slice(part);
            }
            _ => self.is_too_long = true,
        }
    }

    /// All that another one has written, as one part.
    pub(crate) fn whole(&mut self, other: &Self) {
        self.is_too_long |= other.is_too_long;
        self.field(&other.bytes);
    }

    /// A part that may be absent, which is not the same as empty.
    pub(crate) fn optional(&mut self, part: Option<&[u8]>) {
        self.list(part.into_iter());
    }

    /// Any number of parts, kept apart from one another and from what follows.
    pub(crate) fn list<'a>(&mut self, parts: impl Iterator<Item = &'a [u8]>) {
        for part in parts {
            self.member(part);
        }
        self.end();
    }

    /// One part of a list, which [`end`](Self::end) ends.
    pub(crate) fn member(&mut self, part: &[u8]) {
        self.put([MORE], part);
    }

    /// The end of a list.
    pub(crate) fn end(&mut self) {
        self.tag(END);
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// All that was written; `None` if that would be longer than [`KEY_LIMIT`].
    pub(crate) fn finish(self) -> Option<KeyBytes> {
        let fits = !self.is_too_long && self.bytes.len() <= KEY_LIMIT;
        fits.then_some(self.bytes)
    }
}

/// Reads what a [`FieldWriter`] wrote; `None` where the bytes are not of its making.
#[derive(Debug)]
pub(crate) struct FieldReader<'a> {
    bytes: &'a [u8],
}

impl<'a> FieldReader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    pub(crate) fn tag(&mut self) -> Option<u8> {
        let (&tag, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        Some(tag)
    }

    pub(crate) fn field(&mut self) -> Option<&'a [u8]> {
        let (length, rest) = self.bytes.split_first_chunk::<2>()?;
        let (part, rest) = rest.split_at_checked(usize::from(u16::from_le_bytes(*length)))?;
        self.bytes = rest;
        Some(part)
    }

    pub(crate) fn list(&mut self) -> Option<Vec<&'a [u8]>> {
        let mut parts = Vec::new();
        while self.tag()? == MORE {
            parts.push(self.field()?);
        }
        Some(parts)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(lists: &[Vec<Vec<u8>>]) -> Vec<u8> {
        let mut out = FieldWriter::new();
        for list in lists {
            out.list(list.iter().map(Vec::as_slice));
        }
        out.finish().unwrap().to_vec()
    }

    #[test]
    fn a_key_lies_where_the_last_ones_lay() {
        SPARE.set([Vec::with_capacity(1_000), Vec::with_capacity(1_000)]);
        for _ in 0..2 {
            let (mut one, mut other) = (FieldWriter::new(), FieldWriter::new());
            assert!(one.bytes.0.capacity() >= 1_000 && other.bytes.0.capacity() >= 1_000);
            one.field(b"one");
            other.field(b"other");
            one.whole(&other);
            assert_eq!(*one.finish().unwrap(), *b"\x03\0one\x07\0\x05\0other");
        }
        // No key of a client makes the thread keep more than that.
        drop(KeyBytes(Vec::with_capacity(2 * KEY_LIMIT)));
        let spare = SPARE.take();
        assert!(spare.iter().all(|spare| spare.capacity() <= KEY_LIMIT));
        assert!(spare.iter().all(|spare| spare.capacity() > 0));
    }

    #[test]
    fn absent_is_not_empty() {
        let mut absent = FieldWriter::new();
        absent.optional(None);
        let mut empty = FieldWriter::new();
        empty.optional(Some(b""));
        assert_ne!(absent.finish().unwrap(), empty.finish().unwrap());
    }

    #[test]
    fn a_key_has_a_limit() {
        let of = |length: usize, tags: usize| {
            let mut out = FieldWriter::new();
            out.field(&vec![b'a'; length]);
            (0..tags).for_each(|_| out.tag(0));
            out.finish().map(|bytes| bytes.len())
        };
        assert_eq!(of(KEY_LIMIT - 2, 0), Some(KEY_LIMIT));
        assert_eq!(of(KEY_LIMIT - 2, 1), None);
        assert_eq!(of(KEY_LIMIT, 0), None);
        assert_eq!(of(1 << 16, 0), None);
    }

    #[test]
    fn what_does_not_fit_is_not_copied() {
        let mut out = FieldWriter::new();
        (0..100).for_each(|_| out.member(&[b'a'; KEY_LIMIT - 200]));
        assert!(out.len() < KEY_LIMIT);
        assert_eq!(out.finish(), None);
    }

    proptest! {
        #[test]
        fn parts_cannot_run_into_each_other(
            a in prop::collection::vec(prop::collection::vec(prop::collection::vec(0u8..3, 0..3), 0..3), 3),
            b in prop::collection::vec(prop::collection::vec(prop::collection::vec(0u8..3, 0..3), 0..3), 3),
        ) {
            prop_assert_eq!(a == b, written(&a) == written(&b));
        }

        #[test]
        fn what_was_written_reads_back(lists in prop::collection::vec(prop::collection::vec(prop::collection::vec(any::<u8>(), 0..9), 0..4), 0..4)) {
            let bytes = written(&lists);
            let mut read = FieldReader::new(&bytes);
            for list in &lists {
                prop_assert_eq!(&read.list().unwrap(), list);
            }
            prop_assert_eq!(read.tag(), None);
        }

        #[test]
        fn foreign_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let mut read = FieldReader::new(&bytes);
            while read.list().is_some() {}
        }
    }
}
