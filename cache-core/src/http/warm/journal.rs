//! The journal: requests whose pages the next version of the program is to render before anybody asks.
//!
//! It is text. Each record is a line with the number of asks and the target, a line for each header, and an empty line:
//!
//! ```text
//! 1204 /posts/first?page=2
//! host: example.org
//! accept-language: de
//!
//! ```
//!
//! A journal is outside data: `read` bounds it and drops what is no request.

use std::fmt::Write;

use http::header::{AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION};
use http::{HeaderMap, HeaderName, HeaderValue, Uri};

use crate::http::key::{Keying, RequestKey};

/// The longest journal, in bytes; every store takes a value of this size.
const MOST_BYTES: usize = 256 << 10;
/// The most records that are read.
const MOST_RECORDS: usize = 10_000;
/// The most headers of a record.
const MOST_HEADERS: usize = 32;

/// A request that asks for a page as clients have.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct JournalRecord {
    /// How often clients have asked.
    pub(crate) asks: u32,
    /// Path and query.
    pub(crate) target: Uri,
    pub(crate) headers: HeaderMap,
}

/// The journal of these pages, the most asked for first: as many as there is room for.
pub(super) fn write<'k>(
    keying: &Keying,
    pages: impl Iterator<Item = (u32, &'k RequestKey)>,
) -> String {
    let mut text = String::new();
    for (asks, key) in pages {
        if let Some(record) = record(keying, asks, key)
            && text.len() + record.len() <= MOST_BYTES
        {
            text.push_str(&record);
        }
    }
    text
}

/// The record of a page; `None` if its request cannot be written as text.
fn record(keying: &Keying, asks: u32, key: &RequestKey) -> Option<String> {
    let rebuilt = keying.rebuild(key).filter(|rebuilt| !rebuilt.is_named)?;
    let mut text = format!("{asks} {}\n", rebuilt.original);
    for (name, value) in &rebuilt.headers {
        let value = value.to_str().ok()?;
        writeln!(text, "{name}: {value}").ok()?;
    }
    text.push('\n');
    Some(text)
}

/// The records of a journal.
pub(crate) fn read(text: &[u8]) -> Vec<JournalRecord> {
    let text = String::from_utf8_lossy(&text[..text.len().min(MOST_BYTES)]);
    let records = text.split("\n\n").take(MOST_RECORDS);
    records.filter_map(parse).collect()
}

fn parse(record: &str) -> Option<JournalRecord> {
    let mut lines = record.lines();
    let (asks, target) = lines.next()?.split_once(' ')?;
    let target = Uri::try_from(target).ok()?;
    if !target.path().starts_with('/') || target.authority().is_some() {
        return None;
    }
    let mut headers = HeaderMap::new();
    for line in lines {
        let (name, value) = line.split_once(": ")?;
        let name = HeaderName::try_from(name).ok()?;
        let is_personal = [AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION].contains(&name);
        if is_personal || headers.len() == MOST_HEADERS {
            return None;
        }
        headers.append(name, HeaderValue::try_from(value).ok()?);
    }
    Some(JournalRecord {
        asks: asks.parse().ok()?,
        target,
        headers,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_request_is_dropped_and_the_rest_is_read() {
        let text = b"7 /a?b=c\nhost: example.org\naccept-language: de\n\n\
            x /no/number\n\n8\n\n9 no-slash\n\n9 http://else.where/a\n\n1 /a b\n\n\
            2 /theirs\ncookie: session=1\n\n2 /theirs\nauthorization: x\n\n\
            3 /broken\nno header\n\n3 /broken\nbad name: x\n\n3 /broken\nx: \x01\n\n\
            99999999999 /too/often\n\n\xff\xfe\n\n5 /last\n\n";
        let targets: Vec<_> = read(text)
            .into_iter()
            .map(|record| (record.asks, record.target.to_string(), record.headers.len()))
            .collect();
        assert_eq!(
            targets,
            [(7, "/a?b=c".to_owned(), 2), (5, "/last".to_owned(), 0)]
        );
        assert!(read(b"").is_empty());
        let long = "1 /a\n\n".repeat(MOST_BYTES);
        assert_eq!(read(long.as_bytes()).len(), MOST_RECORDS);
        let wide = format!("1 /a\n{}\n", "a: b\n".repeat(MOST_HEADERS + 1));
        assert!(read(wide.as_bytes()).is_empty());
    }
}
