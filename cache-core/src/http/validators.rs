//! Entity tags, dates of change, and the questions that clients ask about them (RFC 9110, sections 8.8 and 13.1).

use std::hash::Hasher;
use std::time::{Duration, SystemTime};

use http::header::{IF_MODIFIED_SINCE, IF_NONE_MATCH};
use http::{HeaderMap, HeaderValue};
use siphasher::sip128::{Hasher128, SipHasher13};

use crate::sync::Mutex;

/// A weak tag for these bytes: equal pages are equal, whatever a compression outside makes of them.
pub(crate) fn tag_of(body: &[u8]) -> Option<HeaderValue> {
    // The keys are fixed, so that a tag means the same to the next process.
    let mut hasher = SipHasher13::new_with_keys(0x7061_6765_2074_6167, 0x6f66_2061_2062_6f64);
    hasher.write(body);
    HeaderValue::try_from(format!("W/\"{:032x}\"", hasher.finish128().as_u128())).ok()
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

    /// Whether the client has the page with this tag and date already. A tag, where one is asked for, decides alone.
    pub(crate) fn know(&self, tag: Option<&HeaderValue>, modified: Option<SystemTime>) -> bool {
        if !self.none_match.is_empty() {
            let tag = tag.map(|tag| opaque(tag.as_bytes()));
            return self
                .none_match
                .iter()
                .any(|line| names(line.as_bytes(), tag));
        }
        let since = self.modified_since.as_ref().and_then(date);
        matches!((since, modified), (Some(since), Some(modified)) if modified <= since)
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

/// The dates of change of pages that do not say one themselves.
///
/// Dates count whole seconds. A page that is stored in the second in which another may have been invalidated gets none:
/// with the same date as its predecessor, it would be taken for it.
#[derive(Debug)]
pub(crate) struct Dates(Mutex<Option<(SystemTime, u64)>>);

impl Dates {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// The date of a page that is stored `now`, while the marks stand at `epoch`.
    pub(crate) fn stored(&self, now: SystemTime, epoch: u64) -> Option<SystemTime> {
        let second = whole_second(now);
        let mut last = self.0.lock();
        match *last {
            Some((known, marked)) if known == second => (marked == epoch).then_some(second),
            _ => {
                *last = Some((second, epoch));
                Some(second)
            }
        }
    }
}

fn whole_second(time: SystemTime) -> SystemTime {
    let since = time
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    SystemTime::UNIX_EPOCH + Duration::from_secs(since.as_secs())
}

#[cfg(test)]
mod tests {
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
    fn a_tag_depends_on_every_byte() {
        let tag = tag_of(b"page").unwrap();
        assert_eq!(Some(&tag), tag_of(b"page").as_ref());
        assert_ne!(Some(&tag), tag_of(b"pagf").as_ref());
        assert_ne!(tag_of(b""), tag_of(b"\0"));
        assert!(tag.to_str().unwrap().starts_with("W/\""), "{tag:?}");
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
                true,
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

    #[test]
    fn a_second_in_which_something_was_invalidated_gives_no_more_dates() {
        let (dates, start) = (Dates::new(), SystemTime::UNIX_EPOCH + NOW);
        let half = start + Duration::from_millis(500);
        assert_eq!(dates.stored(half, 7), Some(start));
        assert_eq!(dates.stored(half, 7), Some(start));
        assert_eq!(dates.stored(half, 8), None);
        assert_eq!(dates.stored(half, 8), None);
        let next = start + Duration::from_secs(1);
        assert_eq!(dates.stored(next, 8), Some(next));
    }
}
