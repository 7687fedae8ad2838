//! Parts of a whole response (RFC 9110, section 14).

use http::header::{IF_RANGE, RANGE};
use http::{HeaderMap, HeaderValue};

use crate::http::validators::date;

/// Which part of a response a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// All of it: no part is asked for, or one that may be ignored.
    Whole,
    /// From the first byte to before the second.
    Bytes { from: u64, to: u64 },
    /// One that the response does not have (section 15.5.17).
    Unsatisfiable,
}

/// The part of a body of this length. Several ranges count as none: a server may ignore them (section 14.2).
pub(crate) fn part_of(headers: &HeaderMap, length: u64) -> Part {
    let mut lines = headers.get_all(RANGE).into_iter();
    let (Some(line), None) = (lines.next(), lines.next()) else {
        return Part::Whole;
    };
    let Some(spec) = byte_range(line.as_bytes()) else {
        return Part::Whole;
    };
    match spec {
        ByteRange::Last(0) => Part::Unsatisfiable,
        ByteRange::Last(count) if length > 0 => Part::Bytes {
            from: length.saturating_sub(count),
            to: length,
        },
        ByteRange::From(from, last) if from < length => Part::Bytes {
            from,
            to: last.map_or(length, |last| last.saturating_add(1).min(length)),
        },
        ByteRange::Last(_) | ByteRange::From(..) => Part::Unsatisfiable,
    }
}

/// One range of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ByteRange {
    /// From this byte on, to this one where it is said.
    From(u64, Option<u64>),
    /// So many at the end.
    Last(u64),
}

/// The range in a `Range` field; `None` where it has another unit, more ranges than one, or cannot be read.
fn byte_range(line: &[u8]) -> Option<ByteRange> {
    let text = std::str::from_utf8(line).ok()?.trim();
    let (unit, set) = text.split_once('=')?;
    if !unit.eq_ignore_ascii_case("bytes") {
        return None;
    }
    let (first, last) = set.trim().split_once('-')?;
    match (first, last) {
        ("", last) => Some(ByteRange::Last(number(last)?)),
        (first, "") => Some(ByteRange::From(number(first)?, None)),
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            (first <= last).then_some(ByteRange::From(first, Some(last)))
        }
    }
}

/// Digits alone; more than fits is as large as can be.
fn number(text: &str) -> Option<u64> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(text.parse().unwrap_or(u64::MAX))
}

/// Whether the condition in `If-Range` holds, under which a part may be sent (section 13.1.5): without one it does.
pub(crate) fn if_range_holds(
    headers: &HeaderMap,
    tag: Option<&HeaderValue>,
    modified: Option<&HeaderValue>,
    dated: Option<&HeaderValue>,
) -> bool {
    let Some(condition) = headers.get(IF_RANGE) else {
        return true;
    };
    if condition.as_bytes().starts_with(b"\"") {
        return tag == Some(condition);
    }
    // A weak tag is no strong validator. A date must be the very one, and earlier than the response, which might have changed again
    // within that second otherwise (section 8.8.2.2).
    let (modified, dated) = (modified.and_then(date), dated.and_then(date));
    date(condition).is_some_and(|at| modified == Some(at) && dated.is_some_and(|dated| at < dated))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(line: &str, length: u64) -> Part {
        let line = HeaderValue::from_str(line).unwrap();
        part_of(&[(RANGE, line)].into_iter().collect(), length)
    }

    fn bytes(from: u64, to: u64) -> Part {
        Part::Bytes { from, to }
    }

    #[test]
    fn section_14_1_2_ranges_of_bytes() {
        for (line, expected) in [
            ("bytes=0-4", bytes(0, 5)),
            ("Bytes=2-", bytes(2, 10)),
            ("bytes=-3", bytes(7, 10)),
            ("bytes=-30", bytes(0, 10)),
            ("bytes=5-500", bytes(5, 10)),
            ("bytes=9-9", bytes(9, 10)),
            ("bytes=10-", Part::Unsatisfiable),
            ("bytes=-0", Part::Unsatisfiable),
            ("bytes=0-99999999999999999999999", bytes(0, 10)),
            ("bytes=4-2", Part::Whole),
            ("bytes=0-1,3-4", Part::Whole),
            ("bytes=a-b", Part::Whole),
            ("bytes=+1-4", Part::Whole),
            ("bytes=-", Part::Whole),
            ("lines=0-4", Part::Whole),
            ("bytes", Part::Whole),
        ] {
            assert_eq!(asked(line, 10), expected, "{line}");
        }
        assert_eq!(asked("bytes=-1", 0), Part::Unsatisfiable);
        assert_eq!(part_of(&HeaderMap::new(), 10), Part::Whole);
    }

    #[test]
    fn section_13_1_5_conditions() {
        const DATE: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
        let tag = HeaderValue::from_static("\"a\"");
        let weak = HeaderValue::from_static("W/\"a\"");
        let modified = HeaderValue::from_static(DATE);
        let dated = HeaderValue::from_static("Sun, 06 Nov 1994 08:49:38 GMT");
        for (condition, expected) in [
            ("\"a\"", true),
            ("\"b\"", false),
            ("W/\"a\"", false),
            (DATE, true),
            ("Sun, 06 Nov 1994 08:49:38 GMT", false),
            ("yesterday", false),
        ] {
            let condition = HeaderValue::from_static(condition);
            let headers = [(IF_RANGE, condition.clone())].into_iter().collect();
            let holds = if_range_holds(&headers, Some(&tag), Some(&modified), Some(&dated));
            assert_eq!(holds, expected, "{condition:?}");
            for dated in [None, Some(&modified)] {
                assert!(
                    !if_range_holds(&headers, Some(&weak), Some(&modified), dated),
                    "{condition:?}"
                );
            }
        }
        assert!(if_range_holds(&HeaderMap::new(), None, None, None));
    }
}
