//! Cookies of a request by name (RFC 6265, section 4.2).

use http::HeaderMap;
use http::header::COOKIE;

/// The values of the cookie `name`, in the order in which the request gives them, over all `Cookie` lines.
///
/// Names are compared byte by byte. A piece without `=` is no cookie.
pub(crate) fn values<'a>(headers: &'a HeaderMap, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
    pairs(headers)
        .filter(move |(found, _)| *found == name.as_bytes())
        .map(|(_, value)| value)
}

/// The names of all cookies. What stands before a piece without `=` is one, too: some servers read it so.
pub(crate) fn names(headers: &HeaderMap) -> impl Iterator<Item = &[u8]> {
    pieces(headers)
        .map(|piece| piece.split(|byte| *byte == b'=').next().unwrap_or_default())
        .map(<[u8]>::trim_ascii)
        .filter(|name| !name.is_empty())
}

fn pieces(headers: &HeaderMap) -> impl Iterator<Item = &[u8]> {
    let lines = headers.get_all(COOKIE).into_iter();
    lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b';'))
}

fn pairs(headers: &HeaderMap) -> impl Iterator<Item = (&[u8], &[u8])> {
    pieces(headers).filter_map(|piece| {
        let at = piece.iter().position(|byte| *byte == b'=')?;
        Some((piece[..at].trim_ascii(), piece[at + 1..].trim_ascii()))
    })
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn found(lines: &[&[u8]], name: &str) -> Vec<Vec<u8>> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(COOKIE, HeaderValue::from_bytes(line).unwrap());
        }
        values(&headers, name).map(<[u8]>::to_vec).collect()
    }

    #[test]
    fn by_name() {
        type Lines = &'static [&'static [u8]];
        let cases: [(Lines, Lines); 14] = [
            (&[], &[]),
            (&[b"theme=dark; other=1"], &[b"dark"]),
            (&[b"other=1;theme=dark"], &[b"dark"]),
            (&[b"theme="], &[b""]),
            (&[b"theme"], &[]),
            (&[b"xtheme=dark"], &[]),
            (&[b"Theme=dark"], &[]),
            (&[b"x=theme=dark"], &[]),
            (&[b"theme=a=b"], &[b"a=b"]),
            (&[b"theme=a; theme=b"], &[b"a", b"b"]),
            (&[b"theme=a", b"theme=b"], &[b"a", b"b"]),
            (&[b" theme \t=\t dark "], &[b"dark"]),
            (&[b"theme=\xff\xfe"], &[b"\xff\xfe"]),
            (&[b";;=;theme=dark;"], &[b"dark"]),
        ];
        for (lines, expected) in cases {
            assert_eq!(found(lines, "theme"), expected, "{lines:?}");
        }
    }
}
