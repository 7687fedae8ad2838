//! Keys for places that do not take long ones.

use std::fmt::Write;

use hmac_sha256::Hash;

use crate::key::Key;

/// The text before the hash in a shortened key.
const MARK: &str = "~sha256:";
/// Hexadecimal digits of a hash.
const DIGITS: usize = 64;

/// Returns a key of at most `limit` bytes for this one: the same key if it is short, or else its beginning, for people to read,
/// and the SHA-256 of all of it.
///
/// Different keys give different keys, as long as SHA-256 does. A key that ends like a shortened one is always shortened, so that
/// no key can pose as the short form of another: shorten once.
///
/// ```
/// use cache_core::{Key, keys};
///
/// let key = Key::from(format!("search:{}", "ü".repeat(200)));
/// let short = keys::shorten(key, 250);
/// assert!(short.as_bytes().len() <= 250);
/// assert!(short.to_string().starts_with("search:üüü"));
/// assert_eq!(keys::shorten("post:7", 250), Key::from("post:7"));
/// ```
///
/// # Panics
///
/// If `limit` is less than 72 bytes, which leaves no room beside the hash.
#[track_caller]
pub fn shorten(key: impl Into<Key>, limit: usize) -> Key {
    assert!(
        limit >= MARK.len() + DIGITS,
        "a shortened key has no room in {limit} bytes: its hash alone takes {}",
        MARK.len() + DIGITS
    );
    let key = key.into();
    let bytes = key.as_bytes();
    let text = key.to_string();
    if bytes.len() <= limit && !is_shortened(&text) {
        return key;
    }
    let mut short = before(&text, limit - MARK.len() - DIGITS).to_owned();
    short.push_str(MARK);
    for byte in Hash::hash(bytes) {
        let _ = write!(short, "{byte:02x}");
    }
    short.into()
}

/// The beginning of a text in this many bytes, cut between characters.
fn before(text: &str, mut end: usize) -> &str {
    end = end.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Whether a text ends like a shortened key.
fn is_shortened(text: &str) -> bool {
    text.rsplit_once(MARK).is_some_and(|(_, hash)| {
        hash.len() == DIGITS && hash.bytes().all(|digit| digit.is_ascii_hexdigit())
    })
}
