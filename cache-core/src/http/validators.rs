//! Entity tags, dates of change, and the questions that clients ask about them (RFC 9110, sections 8.8 and 13.1).

use std::hash::Hasher;
use std::time::SystemTime;

use http::header::{
    AGE, CACHE_CONTROL, CACHE_STATUS, CONTENT_LOCATION, DATE, ETAG, EXPIRES, IF_MODIFIED_SINCE,
    IF_NONE_MATCH, LAST_MODIFIED, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use siphasher::sip128::{Hasher128, SipHasher13};

/// A weak tag for a page: equal pages are equal, whatever a compression outside makes of them. It covers all that a client keeps and
/// that a 304 does not repeat, so that two pages that differ in a header field alone are told apart.
pub(crate) fn tag_of(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Option<HeaderValue> {
    // The keys are fixed, so that a tag means the same to the next process.
    let mut hasher = SipHasher13::new_with_keys(0x7061_6765_2074_6167, 0x6f66_2061_2062_6f64);
    let mut part = |bytes: &[u8]| {
        hasher.write_u64(bytes.len() as u64);
        hasher.write(bytes);
    };
    part(&status.as_u16().to_le_bytes());
    let mut names: Vec<_> = headers.keys().filter(|name| !is_in_a_304(name)).collect();
    names.sort_unstable_by_key(|name| name.as_str());
    for name in names {
        for value in headers.get_all(name) {
            part(name.as_str().as_bytes());
            part(value.as_bytes());
        }
    }
    part(body);
    HeaderValue::try_from(format!("W/\"{:032x}\"", hasher.finish128().as_u128())).ok()
}

/// What a 304 repeats (RFC 9110, section 15.4.5).
pub(crate) fn is_in_a_304(name: &HeaderName) -> bool {
    const REPEATED: [HeaderName; 9] = [
        AGE,
        CACHE_CONTROL,
        CACHE_STATUS,
        CONTENT_LOCATION,
        DATE,
        ETAG,
        EXPIRES,
        LAST_MODIFIED,
        VARY,
    ];
    REPEATED.contains(name)
}

/// What a client knows already.
#[derive(Debug, Default)]
pub(crate) struct Conditions {
    none_match: Vec<HeaderValue>,
    modified_since: Option<HeaderValue>,
}

impl Conditions {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        Self {
            none_match: headers
                .get_all(IF_NONE_MATCH)
                .into_iter()
                .cloned()
                .collect(),
            modified_since: headers.get(IF_MODIFIED_SINCE).cloned(),
        }
    }

    /// Whether the client has the page with this tag and date already. A tag, where one is asked for, decides alone. A date must be the
    /// very one: the page that a client has from a later date may be another, for the newest part of a page can be deleted.
    pub(crate) fn know(&self, tag: Option<&HeaderValue>, modified: Option<SystemTime>) -> bool {
        if !self.none_match.is_empty() {
            let tag = tag.map(|tag| opaque(tag.as_bytes()));
            return self
                .none_match
                .iter()
                .any(|line| names(line.as_bytes(), tag));
        }
        let since = self.modified_since.as_ref().and_then(date);
        matches!((since, modified), (Some(since), Some(modified)) if modified == since)
    }
}

/// Whether an `If-None-Match` line names this opaque tag (quotes included), or any. What follows garbage is not read.
fn names(line: &[u8], tag: Option<&[u8]>) -> bool {
    let mut rest = line.trim_ascii();
    if rest == b"*" {
        return true;
    }
    while !rest.is_empty() {
        let start = opaque(rest);
        if start.first() != Some(&b'"') {
            return false;
        }
        let Some(length) = start[1..].iter().position(|byte| *byte == b'"') else {
            return false;
        };
        let (found, after) = start.split_at(length + 2);
        if tag == Some(found) {
            return true;
        }
        rest = match after.trim_ascii_start().split_first() {
            Some((b',', more)) => more.trim_ascii_start(),
            _ => return false,
        };
    }
    false
}

/// The tag without what says that it is weak: both comparisons here are weak ones.
fn opaque(tag: &[u8]) -> &[u8] {
    tag.strip_prefix(b"W/").unwrap_or(tag)
}

/// A date of HTTP; `None` for what is none.
pub(crate) fn date(value: &HeaderValue) -> Option<SystemTime> {
    httpdate::parse_http_date(value.to_str().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const NOW: Duration = Duration::from_secs(784_111_777);
    const DATE: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

    fn known(fields: &[(http::HeaderName, &str)], tag: &str) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(name.clone(), HeaderValue::from_str(value).unwrap());
        }
        let tag = HeaderValue::from_str(tag).unwrap();
        Conditions::of(&headers).know(Some(&tag), Some(SystemTime::UNIX_EPOCH + NOW))
    }

    #[test]
    fn a_tag_depends_on_all_that_is_kept() {
        let tag = |status: u16, fields: &[(&'static str, &'static str)], body: &[u8]| {
            let fields = fields.iter().map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            });
            let mut headers = HeaderMap::new();
            fields.for_each(|(name, value)| {
                headers.append(name, value);
            });
            tag_of(StatusCode::from_u16(status).unwrap(), &headers, body).unwrap()
        };
        let own = tag(200, &[("x-a", "1"), ("x-b", "2")], b"page");
        for same in [
            tag(200, &[("x-b", "2"), ("x-a", "1")], b"page"),
            tag(
                200,
                &[("x-a", "1"), ("x-b", "2"), ("date", "now"), ("age", "3")],
                b"page",
            ),
        ] {
            assert_eq!(own, same);
        }
        for other in [
            tag(200, &[("x-a", "1"), ("x-b", "2")], b"pagf"),
            tag(200, &[("x-a", "1"), ("x-b", "2")], b""),
            tag(200, &[("x-a", "1")], b"page"),
            tag(200, &[("x-a", "1"), ("x-b", "3")], b"page"),
            tag(200, &[("x-a", "2"), ("x-b", "1")], b"page"),
            tag(203, &[("x-a", "1"), ("x-b", "2")], b"page"),
            tag(200, &[("x-a", "1x-b2")], b"page"),
        ] {
            assert_ne!(own, other);
        }
        assert_ne!(
            tag(200, &[("x-a", "1"), ("x-a", "2")], b""),
            tag(200, &[("x-a", "2"), ("x-a", "1")], b"")
        );
        assert!(own.to_str().unwrap().starts_with("W/\""), "{own:?}");
    }

    #[test]
    fn tags_are_compared_weakly_in_lists() {
        for (lines, expected) in [
            (&[r#"W/"a""#][..], true),
            (&[r#""a""#], true),
            (&["*"], true),
            (&[" * "], true),
            (&[r#""b", W/"a""#], true),
            (&[r#""b","a""#], true),
            (&[r#""b"	,	"a""#], true),
            (&[r#""b""#, r#""a""#], true),
            (&[r#""b, "a""#], false),
            (&[r#""b""#], false),
            (&["a"], false),
            (&[r#"w/"a""#], false),
            (&[r#""a"#], false),
            (&[r#""b";"a""#], false),
            (&[r#"*, "b""#], false),
            (&[""], false),
        ] {
            let fields: Vec<_> = lines.iter().map(|line| (IF_NONE_MATCH, *line)).collect();
            assert_eq!(known(&fields, r#"W/"a""#), expected, "{lines:?}");
        }
        assert!(
            known(&[(IF_NONE_MATCH, r#""a\", "b""#)], r#""b""#),
            "a backslash escapes nothing in a tag"
        );
    }

    #[test]
    fn dates_count_only_where_no_tag_is_asked_for() {
        for (fields, expected) in [
            (&[(IF_MODIFIED_SINCE, DATE)][..], true),
            (
                &[(IF_MODIFIED_SINCE, "Sun, 06 Nov 1994 08:49:38 GMT")],
                false,
            ),
            (
                &[(IF_MODIFIED_SINCE, "Sun, 06 Nov 1994 08:49:36 GMT")],
                false,
            ),
            (
                &[(IF_MODIFIED_SINCE, "Sunday, 06-Nov-94 08:49:37 GMT")],
                true,
            ),
            (&[(IF_MODIFIED_SINCE, "yesterday")], false),
            (
                &[(IF_MODIFIED_SINCE, DATE), (IF_NONE_MATCH, r#""b""#)],
                false,
            ),
            (
                &[(IF_MODIFIED_SINCE, "yesterday"), (IF_NONE_MATCH, r#""a""#)],
                true,
            ),
            (&[], false),
        ] {
            assert_eq!(known(fields, r#""a""#), expected, "{fields:?}");
        }
    }

    #[test]
    fn a_page_without_tag_and_date_is_never_known() {
        let headers: HeaderMap = [(IF_MODIFIED_SINCE, HeaderValue::from_static(DATE))]
            .into_iter()
            .collect();
        assert!(!Conditions::of(&headers).know(None, None));
        let headers: HeaderMap = [(IF_NONE_MATCH, HeaderValue::from_static("\"a\""))]
            .into_iter()
            .collect();
        assert!(!Conditions::of(&headers).know(None, None));
    }
}
