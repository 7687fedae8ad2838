//! How values become the text of a key, `"user:{id}:posts:{page}"` with its holes filled in, so that parts never run into
//! each other.
//!
//! A part that something follows escapes `%`, `:` and the character that ends it, as `%` and two hexadecimal digits a byte.
//! The last part is written raw. Inside a group, items are ended by `,` and text escapes all that has a meaning there.
//! `None` is `%-`, which no text writes.

use std::fmt::{self, Write};
use std::hash::{Hash, Hasher};

use super::CacheKey;
use super::text::Key;

impl Key {
    /// Writes a part that ends where `end` follows.
    pub fn part<T: CacheKey + ?Sized>(&mut self, value: &T, end: char) {
        value.write(&mut KeyWriter::new(self, KeyPosition::Part(end)));
        // A `%` right after the part would read as the begin of an escape: a `:`, which no part writes, ends it first.
        if end == '%' {
            self.literal(":");
        }
    }

    /// Writes the namespace before the rest of the key, escaped so that no key outside of it begins alike by its parts.
    pub fn namespace(&mut self, name: &Self) {
        self.part(name, '/');
        self.literal("/");
    }

    /// Writes a part that stands among others by its name: text escapes all that has a meaning there, and `None` is `%-`.
    pub(crate) fn item<T: CacheKey + ?Sized>(&mut self, value: &T) {
        value.write(&mut KeyWriter::new(self, KeyPosition::Group));
    }

    /// Writes the part that ends the key.
    pub fn last<T: CacheKey + ?Sized>(&mut self, value: &T) {
        value.write_last(&mut KeyWriter::new(self, KeyPosition::Last));
    }
}

impl CacheKey for Key {
    type Stored = Box<[u8]>;

    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        Hash::hash(self.as_bytes(), state);
    }

    #[inline]
    fn same(&self, stored: &Box<[u8]>) -> bool {
        self.as_bytes() == &**stored
    }

    fn store(&self) -> Box<[u8]> {
        self.as_bytes().into()
    }

    fn write(&self, out: &mut KeyWriter<'_>) {
        out.bytes(self.as_bytes());
    }
}

/// Where a value is being written.
#[derive(Clone, Copy)]
enum KeyPosition {
    /// Before this character.
    Part(char),
    /// At the end of the key.
    Last,
    /// Inside a group.
    Group,
}

/// What a [`CacheKey`] writes its text to.
pub struct KeyWriter<'a> {
    key: &'a mut Key,
    position: KeyPosition,
}

impl<'a> KeyWriter<'a> {
    fn new(key: &'a mut Key, position: KeyPosition) -> Self {
        Self { key, position }
    }

    /// Writes text, escaped as its place asks.
    pub fn text(&mut self, text: &str) {
        match self.position {
            KeyPosition::Part(end) => self.escape(text, |c| matches!(c, '%' | ':') || c == end),
            KeyPosition::Last => self.escape(text, |c| matches!(c, '%' | ':')),
            KeyPosition::Group => {
                self.escape(text, |c| matches!(c, '%' | ':' | ',' | '=' | '(' | ')'))
            }
        }
    }

    /// Writes text as it is: only where nothing can follow.
    pub(super) fn raw(&mut self, text: &str) {
        match self.position {
            KeyPosition::Last => self.key.literal(text),
            KeyPosition::Part(_) | KeyPosition::Group => self.text(text),
        }
    }

    /// Writes bytes that are text, or nearly: those that are not are escaped like what has a meaning.
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        if let KeyPosition::Last = self.position {
            self.key.push(bytes);
            return;
        }
        for chunk in bytes.utf8_chunks() {
            self.text(chunk.valid());
            for byte in chunk.invalid() {
                let _ = write!(Append(self.key), "%{byte:02X}");
            }
        }
    }

    /// Writes a number or another value whose `Display` says all of it in letters, digits, `.`, `+` and `-`.
    pub fn number(&mut self, value: impl fmt::Display) {
        match self.position {
            // An end such as `-` or `1` may stand in a number: then it must be escaped like any text.
            KeyPosition::Part(end) if end != ':' => self.text(&value.to_string()),
            _ => {
                let _ = write!(Append(self.key), "{value}");
            }
        }
    }

    /// Writes a list of items and named fields under a name, as `name(item,field=item,)`.
    pub fn group(&mut self, name: &str, fill: impl FnOnce(&mut Group<'_>)) {
        self.nested(|key| {
            key.literal(name);
            key.literal("(");
            fill(&mut Group(key));
            key.literal(")");
        });
    }

    /// Writes `None` as what no text writes, and `Some` as its value.
    pub(super) fn option<T: CacheKey + ?Sized>(&mut self, value: Option<&T>) {
        self.nested(|key| match value {
            None => key.literal("%-"),
            Some(value) => {
                let mut inner = Key::new();
                value.write(&mut KeyWriter {
                    key: &mut inner,
                    position: KeyPosition::Group,
                });
                // An option inside an option: `Some(None)` is not `None`.
                if inner.as_bytes().starts_with(b"%-") || inner.as_bytes().starts_with(b"%+") {
                    key.literal("%+");
                }
                key.push(inner.as_bytes());
            }
        });
    }

    /// Writes what has an inner structure: it is made apart, and escaped as a whole where its place asks for it.
    fn nested(&mut self, fill: impl FnOnce(&mut Key)) {
        match self.position {
            KeyPosition::Group | KeyPosition::Last => fill(self.key),
            KeyPosition::Part(_) => {
                let mut inner = Key::new();
                fill(&mut inner);
                self.text(&inner.to_string());
            }
        }
    }

    fn escape(&mut self, text: &str, reserved: impl Fn(char) -> bool) {
        let mut rest = text;
        while let Some(at) = rest.find(&reserved) {
            self.key.literal(&rest[..at]);
            let Some(c) = rest[at..].chars().next() else {
                break;
            };
            for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                let _ = write!(Append(self.key), "%{byte:02X}");
            }
            rest = &rest[at + c.len_utf8()..];
        }
        self.key.literal(rest);
    }
}

impl fmt::Debug for KeyWriter<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.key.fmt(out)
    }
}

/// The inside of [`KeyWriter::group`].
pub struct Group<'a>(&'a mut Key);

impl Group<'_> {
    /// Writes the next item.
    pub fn item<T: CacheKey + ?Sized>(&mut self, value: &T) {
        value.write(&mut KeyWriter {
            key: self.0,
            position: KeyPosition::Group,
        });
        self.0.literal(",");
    }

    /// Writes items in the order of their texts.
    pub(super) fn sorted<T: CacheKey>(&mut self, items: impl Iterator<Item = T>) {
        let text = |item: T| {
            let mut text = Key::new();
            Group(&mut text).item(&item);
            text
        };
        let mut texts: Vec<Key> = items.map(text).collect();
        texts.sort_unstable_by(|one, other| one.as_bytes().cmp(other.as_bytes()));
        for text in texts {
            self.0.append(&text);
        }
    }

    /// Writes a field; its name is an identifier.
    pub fn field<T: CacheKey + ?Sized>(&mut self, name: &str, value: &T) {
        self.0.literal(name);
        self.0.literal("=");
        self.item(value);
    }
}

impl fmt::Debug for Group<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

struct Append<'a>(&'a mut Key);

impl Write for Append<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.literal(text);
        Ok(())
    }
}
