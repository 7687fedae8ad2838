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
}
