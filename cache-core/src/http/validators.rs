//! Entity tags, dates of change, and the questions that clients ask about them (RFC 9110, sections 8.8 and 13.1).

use std::hash::Hasher;
use std::time::SystemTime;

use http::header::{
    AGE, CACHE_CONTROL, CACHE_STATUS, CONTENT_LOCATION, DATE, ETAG, EXPIRES, IF_MODIFIED_SINCE,
    IF_NONE_MATCH, LAST_MODIFIED, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use siphasher::sip128::{Hasher128, SipHasher13};

use super::entity_tags::{Comparison, EntityTag, NamedTags};
use super::room::set;

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
    const REPEATED: [HeaderName; 14] = [
        AGE,
        // A CDN that asks again has the tags that it is purged by now.
        HeaderName::from_static("cache-groups"),
        HeaderName::from_static("cache-tag"),
        HeaderName::from_static("edge-cache-tag"),
        HeaderName::from_static("surrogate-key"),
        CACHE_CONTROL,
        CACHE_STATUS,
        // RFC 9213: `Cache-Control` for CDNs.
        HeaderName::from_static("cdn-cache-control"),
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
    none_match: Option<HeaderValue>,
    /// Further lines of the same field, which hardly any client sends.
    none_match_too: Vec<HeaderValue>,
    modified_since: Option<HeaderValue>,
}

impl Conditions {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let mut lines = headers.get_all(IF_NONE_MATCH).into_iter().cloned();
        Self {
            none_match: lines.next(),
            none_match_too: lines.collect(),
            modified_since: headers.get(IF_MODIFIED_SINCE).cloned(),
        }
    }

    /// Whether the client has the page with this tag and date already. A tag, where one is asked for, decides alone. A date must be the
    /// very one: the page that a client has from a later date may be another, for the newest part of a page can be deleted.
    pub(crate) fn know(&self, tag: Option<&HeaderValue>, modified: Option<SystemTime>) -> bool {
        if let Some(first) = &self.none_match {
            let tag = tag.and_then(EntityTag::of);
            let mut lines = std::iter::once(first).chain(&self.none_match_too);
            return lines.any(|line| match (NamedTags::of(line), tag) {
                (NamedTags::Any, _) => true,
                (NamedTags::These(mut tags), Some(own)) => {
                    tags.any(|tag| tag.is(own, Comparison::Weak))
                }
                (NamedTags::These(_), None) => false,
            });
        }
        let since = self.modified_since.as_ref().and_then(date);
        matches!((since, modified), (Some(since), Some(modified)) if modified == since)
    }
}

impl Conditions {
    /// Whether a client has what was last modified then already, as a cache answers for any origin (RFC 9111, section 4.3.2): a date
    /// that is not earlier counts.
    pub(crate) fn know_since(
        &self,
        tag: Option<&HeaderValue>,
        modified: Option<&HeaderValue>,
    ) -> bool {
        if self.none_match.is_some() {
            return self.know(tag, None);
        }
        let since = self.modified_since.as_ref().and_then(date);
        since.is_some_and(|since| modified.and_then(date).is_some_and(|at| at <= since))
    }
}

/// A date of HTTP in any case (RFC 9111, section 4.2), whatever day of the week it says that it is; `None` for what is none.
pub(crate) fn date(value: &HeaderValue) -> Option<SystemTime> {
    let text = value.to_str().ok()?;
    let parse = |text: &str| httpdate::parse_http_date(text).ok();
    parse(text).or_else(|| {
        let (cased, day) = cased(text)?;
        let is_short = day.len() == 3;
        WEEKDAYS.iter().find_map(|name| {
            let name = if is_short { &name[..3] } else { name };
            parse(&[name, &cased].concat())
        })
    })
}

const WEEKDAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

/// A date as it is parsed, without its day of the week, and that day as it was written.
fn cased(text: &str) -> Option<(String, &str)> {
    let end = text.find(|letter: char| !letter.is_ascii_alphabetic())?;
    let (day, rest) = text.split_at(end);
    let is_day =
        |name: &&str| day.eq_ignore_ascii_case(name) || day.eq_ignore_ascii_case(&name[..3]);
    WEEKDAYS.iter().find(|name| is_day(name))?;
    let mut cased = String::with_capacity(rest.len());
    for word in rest.split_inclusive(|letter: char| !letter.is_ascii_alphabetic()) {
        if word.eq_ignore_ascii_case("gmt") {
            cased.push_str("GMT");
        } else {
            let (first, others) = word.split_at(1);
            cased.push_str(&first.to_ascii_uppercase());
            cased.push_str(&others.to_ascii_lowercase());
        }
    }
    Some((cased, day))
}

/// Leaves a field out that would lie beyond the dates that HTTP can write.
pub(crate) fn insert_date(headers: &mut HeaderMap, name: HeaderName, time: SystemTime) {
    let seconds = time
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(u64::MAX, |since| since.as_secs());
    if seconds < YEAR_9999
        && let Ok(value) = HeaderValue::try_from(httpdate::fmt_http_date(time))
    {
        set(headers, name, value);
    }
}

/// The last second that `httpdate` writes without a panic, and one more.
pub(crate) const YEAR_9999: u64 = 253_402_300_800;

/// The validators of an answer, known before it is made.
#[derive(Debug, Default)]
pub struct Validators {
    pub(crate) tag: Option<HeaderValue>,
    pub(crate) modified: Option<SystemTime>,
}

impl Validators {
    /// Adds them to an answer, beside those that it has itself. A date that has not come yet is sent as `now` (RFC 9110, section
    /// 8.8.2.1).
    pub(crate) fn add_to(&self, headers: &mut HeaderMap, now: SystemTime) {
        if let Some(tag) = &self.tag
            && !headers.contains_key(ETAG)
        {
            set(headers, ETAG, tag.clone());
        }
        if let Some(modified) = self.modified
            && !headers.contains_key(LAST_MODIFIED)
        {
            insert_date(headers, LAST_MODIFIED, modified.min(now));
        }
    }
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
    fn dates_are_read_in_any_case_and_with_any_day_of_the_week() {
        let read = |text| date(&HeaderValue::from_static(text));
        for text in [
            DATE,
            "SUN, 06 nov 1994 08:49:37 gmt",
            "Mon, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "sunday, 06-NOV-94 08:49:37 gmt",
            "Sun Nov  6 08:49:37 1994",
            "TUE Nov  6 08:49:37 1994",
        ] {
            assert_eq!(read(text), Some(SystemTime::UNIX_EPOCH + NOW), "{text}");
        }
        for text in [
            "06 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 94 08:49:37 GMT",
            "Sun 06 Nov 1994 08:49:37 GMT",
            "Sun,  06 Nov 1994 08:49:37 GMT",
            "Sun, 06-Nov-1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08.49.37 GMT",
            "Sun, 06 Nov 1994 8:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 UTC",
            "Sun, 06 Nov 1994 08:49:37 +0200",
            "Sun, 31 Feb 1994 08:49:37 GMT",
            "0",
            "-1",
            "",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
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
