//! Percent-encoding (RFC 3986, section 2.1), read.

use std::borrow::Cow;

/// What the text spells: `%41` is `A`; what only looks like an escape stays.
pub(crate) fn decoded(text: &str) -> Cow<'_, [u8]> {
    if !text.contains('%') {
        return Cow::Borrowed(text.as_bytes());
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match (byte, after) {
            (b'%', [high, low, tail @ ..])
                if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() =>
            {
                bytes.push(digit(*high) << 4 | digit(*low));
                rest = tail;
            }
            _ => bytes.push(byte),
        }
    }
    Cow::Owned(bytes)
}

fn digit(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => (digit | 0x20) - b'a' + 10,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes() {
        for (text, expected) in [
            ("", &b""[..]),
            ("a+b", b"a+b"),
            ("%41%7e%7E", b"A~~"),
            ("%c3%A9", "é".as_bytes()),
            ("%ff", b"\xff"),
            ("%", b"%"),
            ("%4", b"%4"),
            ("%zz%", b"%zz%"),
            ("%%41", b"%A"),
            ("%2541", b"%41"),
        ] {
            assert_eq!(decoded(text), expected, "{text}");
        }
    }
}
