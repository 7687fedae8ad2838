//! The text of a key, as bytes; short ones are on the stack.

use std::fmt;

/// The text of a key, as `key!("post:{slug}")` and `key = "…"` render it.
#[derive(Clone)]
pub struct Key(Text);

#[derive(Clone)]
enum Text {
    Short { length: u8, bytes: [u8; SHORT] },
    Long(Vec<u8>),
}

/// Makes the whole two cache lines.
const SHORT: usize = 118;

impl Key {
    /// Returns an empty key, to be written part by part.
    #[inline]
    pub fn new() -> Self {
        Self(Text::Short {
            length: 0,
            bytes: [0; SHORT],
        })
    }

    /// Returns the text as bytes.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Text::Short { length, bytes } => &bytes[..usize::from(*length)],
            Text::Long(bytes) => bytes,
        }
    }

    /// Appends another key.
    pub fn append(&mut self, other: &Key) {
        self.push(other.as_bytes());
    }

    /// Appends the text between parts.
    #[inline]
    pub fn literal(&mut self, text: &str) {
        self.push(text.as_bytes());
    }

    #[inline]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "checked against SHORT, which fits"
    )]
    pub(super) fn push(&mut self, more: &[u8]) {
        match &mut self.0 {
            Text::Short { length, bytes } => {
                let start = usize::from(*length);
                let end = start + more.len();
                if end <= SHORT {
                    bytes[start..end].copy_from_slice(more);
                    *length = end as u8;
                } else {
                    let mut long = Vec::with_capacity(end * 2);
                    long.extend_from_slice(&bytes[..start]);
                    long.extend_from_slice(more);
                    self.0 = Text::Long(long);
                }
            }
            Text::Long(bytes) => bytes.extend_from_slice(more),
        }
    }
}

impl Default for Key {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Display for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&String::from_utf8_lossy(self.as_bytes()))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Key({:?})", String::from_utf8_lossy(self.as_bytes()))
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Key {}

impl From<&Key> for Key {
    fn from(key: &Key) -> Self {
        key.clone()
    }
}

impl From<&str> for Key {
    fn from(text: &str) -> Self {
        let mut key = Self::new();
        key.literal(text);
        key
    }
}

impl From<String> for Key {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}

impl From<&String> for Key {
    fn from(text: &String) -> Self {
        text.as_str().into()
    }
}
