//! How keys are spelled for a server that takes up to 250 printable characters without spaces.

use crate::store::fitting;

/// The longest key that a server takes.
const LIMIT: usize = 250;

/// The key itself if it is plain; else with each other byte, and `%`, as `%` and two hexadecimal digits. No two keys are
/// spelled alike, but for those whose spelling reaches [`LIMIT`]: they are cut to exactly that length, with a hash at their
/// end (see [`fitting`]), so that none of them meets one that was not cut.
pub(super) fn spelled(key: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(key.len());
    for &byte in key {
        match byte {
            b'!'..=b'~' if byte != b'%' => text.push(byte),
            _ => text.extend([b'%', digit(byte >> 4), digit(byte & 15)]),
        }
    }
    if text.is_empty() {
        // Two digits follow any other `%`.
        text.push(b'%');
    }
    if text.len() >= LIMIT {
        // One more byte, or a spelling of exactly the limit would stay as it is and could be another one's cut.
        text.push(b' ');
        return fitting(&text, LIMIT).into_owned();
    }
    text
}

fn digit(value: u8) -> u8 {
    b"0123456789abcdef"[usize::from(value & 15)]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_plain_key_is_itself() {
        assert_eq!(spelled(b"user:7#~!"), b"user:7#~!");
    }

    #[test]
    fn everything_else_is_escaped() {
        assert_eq!(spelled(b"a b\r\n\0%\x7f\xff"), b"a%20b%0d%0a%00%25%7f%ff");
        assert_eq!(spelled(b""), b"%");
    }

    #[test]
    fn a_plain_key_that_looks_like_a_spelling_is_another_one() {
        assert_ne!(spelled(b"a b"), spelled(b"a%20b"));
        assert_ne!(spelled(b""), spelled(b"%"));
    }

    #[test]
    fn a_key_that_looks_like_a_cut_one_is_another_one() {
        let long = vec![b'x'; 300];
        let cut = spelled(&long);
        assert_eq!(cut.len(), LIMIT);
        assert_ne!(spelled(&cut), cut);
        let just_below = vec![b'x'; LIMIT - 1];
        assert_eq!(spelled(&just_below), just_below);
        assert_ne!(spelled(&[b'x'; LIMIT]), [b'x'; LIMIT]);
    }

    proptest! {
        #[test]
        fn every_spelling_is_one_that_a_server_takes(key: Vec<u8>) {
            let text = spelled(&key);
            prop_assert!((1..=LIMIT).contains(&text.len()));
            prop_assert!(text.iter().all(u8::is_ascii_graphic));
        }

        #[test]
        fn two_keys_are_spelled_differently(one in "[ab%2 \0]{0,6}", other in "[ab%2 \0]{0,6}") {
            prop_assert_eq!(one == other, spelled(one.as_bytes()) == spelled(other.as_bytes()));
        }
    }
}
