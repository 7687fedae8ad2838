//! Members of comma-separated header fields (RFC 9110, section 5.6.1).

use http::{HeaderMap, HeaderName};

/// The members of all lines of a field in order, without the white space around them; empty ones are left out.
///
/// For fields whose members hold no quoted strings.
pub(crate) fn members(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &[u8]> {
    headers
        .get_all(name)
        .into_iter()
        .flat_map(|line| line.as_bytes().split(|byte| *byte == b','))
        .map(<[u8]>::trim_ascii)
        .filter(|member| !member.is_empty())
}

/// The members of one line, in which a comma between quotes separates nothing; `None` when a quote is not closed.
pub(crate) fn quoted_members(line: &[u8]) -> Option<Vec<&[u8]>> {
    let mut members = Vec::new();
    let (mut start, mut quoted, mut escaped) = (0, false, false);
    for (at, byte) in line.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b',' if !quoted => {
                members.push(line[start..at].trim_ascii());
                start = at + 1;
            }
            _ => {}
        }
    }
    members.push(line[start..].trim_ascii());
    members.retain(|member| !member.is_empty());
    (!quoted).then_some(members)
}

/// A member without its parameters, and its weight in thousandths (RFC 9110, section 12.4.2). A weight that cannot be read is none: 0, a
/// refusal.
pub(crate) fn weighted(member: &[u8]) -> (&[u8], u16) {
    let mut parts = member.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
    let value = parts.next().unwrap_or_default();
    let weight = parts.find_map(|part| part.strip_prefix(b"q=").or(part.strip_prefix(b"Q=")));
    (value, weight.map_or(1000, thousandths))
}

/// `0.8` as 800; 0 for what is no weight.
fn thousandths(weight: &[u8]) -> u16 {
    let (whole, decimals) = match weight {
        [whole] => (whole, &[][..]),
        [whole, b'.', decimals @ ..] => (whole, decimals),
        _ => return 0,
    };
    if decimals.len() > 3 || !decimals.iter().all(u8::is_ascii_digit) {
        return 0;
    }
    let digits = decimals.iter().chain(b"000").take(3);
    let part = digits.fold(0, |sum, digit| sum * 10 + u16::from(digit - b'0'));
    match (whole, part) {
        (b'0', part) => part,
        (b'1', 0) => 1000,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_between_quotes_separate_nothing() {
        for (line, expected) in [
            (r"a, b", Some(vec!["a", "b"])),
            (r#"a="x, y", b"#, Some(vec![r#"a="x, y""#, "b"])),
            (r#"a="x\", y", b"#, Some(vec![r#"a="x\", y""#, "b"])),
            (r#"a="\\", b"#, Some(vec![r#"a="\\""#, "b"])),
            (r#"a="x, b"#, None),
            (r" , ,", Some(vec![])),
            (r"\, b", Some(vec![r"\", "b"])),
        ] {
            let found = quoted_members(line.as_bytes());
            assert_eq!(
                found,
                expected.map(|all| all.into_iter().map(str::as_bytes).collect()),
                "{line}"
            );
        }
    }

    #[test]
    fn weights_are_read_strictly() {
        for (weight, expected) in [
            ("1", 1000),
            ("1.000", 1000),
            ("0", 0),
            ("0.", 0),
            ("0.5", 500),
            ("0.05", 50),
            ("0.123", 123),
            ("0.1234", 0),
            ("1.001", 0),
            ("2", 0),
            ("-1", 0),
            (".5", 0),
            ("", 0),
        ] {
            assert_eq!(thousandths(weight.as_bytes()), expected, "{weight}");
        }
    }
}
