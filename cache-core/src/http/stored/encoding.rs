//! A page as bytes: status, header fields, then the body as it is.
//!
//! | bytes | what |
//! |---|---|
//! | 2 | status |
//! | 8 | age at which it was stored, in seconds |
//! | 4 | number of `Cache-Status` values of caches before us |
//! | 4 + … each | such a value, its length before it |
//! | 4 | number of header fields |
//! | 4 + …, 4 + … each | name and value, their lengths before them |
//! | … | the body |

use std::any::Any;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{AGE, CACHE_STATUS, CONTENT_LENGTH};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::StoredPage;
use crate::entry::{AnyEntry, Entry, Meta};
use crate::error::{Error, Result};
use crate::far::ValueFormat;
use crate::format::codec::CodecId;
use crate::format::schema::Fingerprint;
use crate::http::parts::{PartReader, write_count, write_part};

/// The codec of pages.
#[derive(Debug)]
pub(crate) struct PageFormat;

/// A number of its own among the codecs of this crate.
const CODEC: CodecId = CodecId(3);

impl ValueFormat for PageFormat {
    fn fingerprint(&self) -> Fingerprint {
        Fingerprint::from_bytes(*b"a page, v. 3")
    }

    fn encode(&self, value: &dyn Any, out: &mut Vec<u8>) -> Result<CodecId> {
        let page: Option<&StoredPage> = value.downcast_ref();
        page.and_then(|page| encode(page, out))
            .ok_or_else(|| Error::value("a part of the page is too long"))?;
        Ok(CODEC)
    }

    fn decode(&self, codec: CodecId, bytes: &[u8], meta: Meta) -> Option<Arc<dyn AnyEntry>> {
        if codec != CODEC {
            return None;
        }
        let page = read(bytes)?;
        let weight = page.weight();
        Some(Entry::new(page, meta.weighing(weight)))
    }
}

/// Appends a page to `out`, without the fields that each hit has of its own; `None` if a part of it is too long.
fn encode(page: &StoredPage, out: &mut Vec<u8>) -> Option<()> {
    out.extend_from_slice(&page.status.as_u16().to_le_bytes());
    out.extend_from_slice(&page.born_aged.to_le_bytes());
    write_count(page.earlier_status.len(), out)?;
    for value in &page.earlier_status {
        write_part(value.as_bytes(), out)?;
    }
    let headers = page.shown.read(HeaderMap::clone);
    let fields = || {
        let all = headers.iter();
        all.filter(|(name, _)| ![AGE, CACHE_STATUS, CONTENT_LENGTH].contains(name))
    };
    write_count(fields().count(), out)?;
    for (name, value) in fields() {
        write_part(name.as_str().as_bytes(), out)?;
        write_part(value.as_bytes(), out)?;
    }
    out.extend_from_slice(&page.body);
    Some(())
}

/// The page in these bytes; `None` if they are none. Allocates no more than they back.
fn read(bytes: &[u8]) -> Option<StoredPage> {
    let mut rest = PartReader(bytes);
    let status = StatusCode::from_u16(u16::from_le_bytes(rest.array()?)).ok()?;
    let born_aged = u64::from_le_bytes(rest.array()?);
    let mut earlier_status = Vec::new();
    for _ in 0..rest.count()? {
        earlier_status.push(HeaderValue::from_bytes(rest.part()?).ok()?);
    }
    let mut headers = HeaderMap::new();
    for _ in 0..rest.count()? {
        let name = HeaderName::from_bytes(rest.part()?).ok()?;
        let value = HeaderValue::from_bytes(rest.part()?).ok()?;
        headers.try_append(name, value).ok()?;
    }
    let body = Bytes::copy_from_slice(rest.0);
    Some(StoredPage::assemble(
        status,
        headers,
        body,
        born_aged,
        earlier_status,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> StoredPage {
        let mut headers = HeaderMap::new();
        headers.append("x-a", HeaderValue::from_static("1"));
        headers.append("x-a", HeaderValue::from_bytes(b"\xff").unwrap());
        StoredPage::assemble(
            StatusCode::NOT_FOUND,
            headers,
            Bytes::from_static(b"\0body"),
            7,
            vec![HeaderValue::from_static("origin; hit")],
        )
    }

    #[test]
    fn a_page_comes_back_as_it_was() {
        let mut bytes = Vec::new();
        encode(&page(), &mut bytes).unwrap();
        let (back, page) = (read(&bytes).unwrap(), page());
        assert_eq!((back.status, &back.body), (page.status, &page.body));
        assert_eq!(
            (back.born_aged, &back.earlier_status),
            (7, &page.earlier_status)
        );
        let fields = |page: &StoredPage| page.shown.read(HeaderMap::clone);
        assert_eq!(fields(&back), fields(&page));
    }

    #[test]
    fn what_is_cut_short_before_its_body_is_no_page() {
        let mut bytes = Vec::new();
        encode(&page(), &mut bytes).unwrap();
        for length in 0..bytes.len() - b"\0body".len() {
            assert!(read(&bytes[..length]).is_none(), "{length}");
        }
    }

    #[test]
    fn a_length_that_nothing_backs_is_no_page() {
        let mut bytes = vec![200, 0];
        bytes.extend_from_slice(&[0; 8]);
        bytes.extend_from_slice(&u32::MAX.to_le_bytes());
        assert!(read(&bytes).is_none());
    }
}
