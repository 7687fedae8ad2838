//! How values become the text of a key, `"user:{id}:posts:{page}"` with its holes filled in, so that parts never run into
//! each other.
//!
//! A part before others escapes `%`, `:` and the character that ends it, each byte as `%` and two hexadecimal digits. The last
//! part is written as it is. Inside a group, each item ends with `,`, and texts escape all characters with a meaning there.
//! `None` is `%-`, which no text writes.

use std::fmt::{self, Write};
use std::hash::{Hash, Hasher};

use super::CacheKey;
use super::text::Key;

impl Key {
    /// Writes a part that `end` follows.
    pub fn part<T: CacheKey + ?Sized>(&mut self, value: &T, end: char) {
        value.write(&mut KeyWriter::new(self, KeyPosition::Part(end)));
        // A `%` right after the part would look like an escape in it, so a `:`, which no part writes, ends the part first.
        if end == '%' {
            self.literal(":");
        }
    }

    /// Writes the namespace before the rest of the key, escaped so that the parts of no other key begin with the same text.
    pub fn namespace(&mut self, name: &Self) {
        self.part(name, '/');
        self.literal("/");
    }

    /// Writes a part with a name among others: texts escape all characters with a meaning there, and `None` is `%-`.
    pub(crate) fn item<T: CacheKey + ?Sized>(&mut self, value: &T) {
        value.write(&mut KeyWriter::new(self, KeyPosition::Group));
    }

    /// Writes the last part of the key.
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

/// The position of a value in the key.
#[derive(Clone, Copy)]
enum KeyPosition {
    /// Before this character.
    Part(char),
    /// At the end of the key.
    Last,
    /// Inside a group.
    Group,
}

/// The destination of a [`CacheKey`]'s text.
pub struct KeyWriter<'a> {
    key: &'a mut Key,
    position: KeyPosition,
}

impl<'a> KeyWriter<'a> {
    fn new(key: &'a mut Key, position: KeyPosition) -> Self {
        Self { key, position }
    }

    /// Writes text, escaped as needed at its position.
    pub fn text(&mut self, text: &str) {
        match self.position {
            KeyPosition::Part(end) => self.escape(text, |c| matches!(c, '%' | ':') || c == end),
            KeyPosition::Last => self.escape(text, |c| matches!(c, '%' | ':')),
            KeyPosition::Group => {
                self.escape(text, |c| matches!(c, '%' | ':' | ',' | '=' | '(' | ')'));
            }
        }
    }

    /// Writes text, not escaped if it is the last part.
    pub(super) fn raw(&mut self, text: &str) {
        match self.position {
            KeyPosition::Last => self.key.literal(text),
            KeyPosition::Part(_) | KeyPosition::Group => self.text(text),
        }
    }

    /// Writes bytes that are mostly text: those that are not UTF-8 are escaped.
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

    /// Writes a number or another value whose `Display` is complete and has only letters, digits, `.`, `+` and `-`.
    pub fn number(&mut self, value: impl fmt::Display) {
        match self.position {
            // A number may contain an end such as `-` or `1`, which must then be escaped.
            KeyPosition::Part(end) if end != ':' => self.text(&value.to_string()),
            _ => {
                let _ = write!(Append(self.key), "{value}");
            }
        }
    }

    /// Writes a list of items and named fields under a name, as `name(item,field=item,)`.
    pub fn group(&mut self, name: &str, fill: impl FnOnce(&mut Group<'_>)) {
        let mut nested = self.nested();
        nested.begin(name);
        fill(&mut Group(nested.key()));
        nested.key().literal(")");
        nested.end();
    }

    /// Writes `None` as `%-`, which no text writes, and `Some` as its value.
    pub(super) fn option<T: CacheKey + ?Sized>(&mut self, value: Option<&T>) {
        let mut nested = self.nested();
        match value {
            None => nested.key().literal("%-"),
            Some(value) => {
                let mut inner = Key::new();
                value.write(&mut KeyWriter::new(&mut inner, KeyPosition::Group));
                nested.some(&inner);
            }
        }
        nested.end();
    }

    fn nested<'w>(&'w mut self) -> NestedText<'w, 'a> {
        let apart = matches!(self.position, KeyPosition::Part(_)).then(Key::new);
        NestedText {
            writer: self,
            apart,
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

/// The text of a value that consists of others; apart from the key where it is escaped as a whole.
struct NestedText<'w, 'a> {
    writer: &'w mut KeyWriter<'a>,
    apart: Option<Key>,
}

impl NestedText<'_, '_> {
    fn key(&mut self) -> &mut Key {
        self.apart.as_mut().unwrap_or(self.writer.key)
    }

    fn begin(&mut self, name: &str) {
        self.key().literal(name);
        self.key().literal("(");
    }

    fn some(&mut self, value: &Key) {
        let value = value.as_bytes();
        // In an option inside an option, `Some(None)` is not `None`.
        if value.starts_with(b"%-") || value.starts_with(b"%+") {
            self.key().literal("%+");
        }
        self.key().push(value);
    }

    fn end(self) {
        if let Some(text) = &self.apart {
            self.writer.text(&text.to_string());
        }
    }
}

impl fmt::Debug for KeyWriter<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.key.fmt(out)
    }
}

/// Writes the items of a [`KeyWriter::group`].
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
