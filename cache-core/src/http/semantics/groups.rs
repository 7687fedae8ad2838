//! Groups of responses, which are made stale together (RFC 9875).

use http::{HeaderMap, HeaderName};
use sfv::{BareItem, List, ListEntry, Parser};

/// The groups of a response.
pub(crate) const CACHE_GROUPS: HeaderName = HeaderName::from_static("cache-groups");

/// The groups that a request has changed.
pub(crate) const CACHE_GROUP_INVALIDATION: HeaderName =
    HeaderName::from_static("cache-group-invalidation");

/// The most groups of a response that is stored; a cache supports at least 32 (section 2).
pub(crate) const MOST_GROUPS: usize = 128;

/// The groups that a field names: a list of strings, whose case counts (section 2). A field that is malformed, or that has another member
/// than a string, names none; parameters say nothing.
pub(crate) fn groups(headers: &HeaderMap, field: &HeaderName) -> Vec<String> {
    let lines = headers.get_all(field).into_iter();
    let lines = lines.map(http::HeaderValue::as_bytes);
    let lines: Vec<&[u8]> = lines.filter(|line| !line.trim_ascii().is_empty()).collect();
    if lines.is_empty() {
        return Vec::new();
    }
    let parsed: Result<List, _> = Parser::new(&lines.join(&b", "[..])).parse();
    let members = parsed.unwrap_or_default();
    let named = members.into_iter().map(|member| match member {
        ListEntry::Item(item) => match item.bare_item {
            BareItem::String(group) => Some(String::from(group)),
            _ => None,
        },
        ListEntry::InnerList(_) => None,
    });
    named.collect::<Option<_>>().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn of(lines: &[&str]) -> Vec<String> {
        let lines = lines.iter();
        let lines = lines.map(|line| HeaderValue::from_bytes(line.as_bytes()).unwrap());
        let headers = lines.map(|line| (CACHE_GROUPS, line)).collect();
        groups(&headers, &CACHE_GROUPS)
    }

    #[test]
    fn section_2_a_list_of_strings() {
        for (lines, expected) in [
            (&[][..], &[][..]),
            (&[""], &[]),
            (&[r#""scripts""#], &["scripts"]),
            (&["", r#""a""#, " "], &["a"]),
            (&[r#""a", "B""#, r#""c d""#], &["a", "B", "c d"]),
            (&[r#""a";x=1, "";y"#], &["a", ""]),
            (&[r#""a\"b\\""#], &[r#"a"b\"#]),
            (&[r#""a" "b""#], &[]),
            (&[r#""a""#, "\"\u{e9}\""], &[]),
            (&["a"], &[]),
            (&[r#""a", b"#], &[]),
            (&[r#"("a" "b")"#], &[]),
            (&["1"], &[]),
            (&[r#""a"#], &[]),
        ] {
            assert_eq!(of(lines), expected, "{lines:?}");
        }
    }

    /// A cache reads at least 32 groups of 32 characters each.
    #[test]
    fn section_2_all_groups_of_a_response_count() {
        let many: Vec<String> = (0..100).map(|at| format!("\"{at:032}\"")).collect();
        let line = HeaderValue::from_str(&many.join(",")).unwrap();
        let headers = [(CACHE_GROUPS, line)].into_iter().collect();
        assert_eq!(groups(&headers, &CACHE_GROUPS).len(), 100);
    }
}
