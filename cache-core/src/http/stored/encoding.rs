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
use std::borrow::Cow;
use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::{PageParts, StoredPage};
use crate::entry::{AnyEntry, Entry, Meta};
use crate::error::{Error, Result};
use crate::far::ValueFormat;
use crate::format::codec::CodecId;
use crate::format::schema::Fingerprint;

/// The codec of pages.
#[derive(Debug)]
pub(crate) struct PageFormat;

/// A number of its own among the codecs of this crate.
const CODEC: CodecId = CodecId(3);

impl ValueFormat for PageFormat {
    fn fingerprint(&self) -> Fingerprint {
        Fingerprint::from_bytes(*b"a page, format 2")
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
        let page = StoredPage::of_parts(read(bytes)?);
        let weight = page.weight();
        Some(Entry::new(page, meta.weighing(weight)))
    }
}

/// Appends a page to `out`; `None` if a part of it is too long.
fn encode(page: &StoredPage, out: &mut Vec<u8>) -> Option<()> {
    let parts = page.parts();
    out.extend_from_slice(&parts.status.as_u16().to_le_bytes());
    out.extend_from_slice(&parts.born_aged.to_le_bytes());
    count(parts.earlier_status.len(), out)?;
    for value in &*parts.earlier_status {
        field(value.as_bytes(), out)?;
    }
    count(parts.headers.len(), out)?;
    for (name, value) in &parts.headers {
        field(name.as_str().as_bytes(), out)?;
        field(value.as_bytes(), out)?;
    }
    out.extend_from_slice(&parts.body);
    Some(())
}

fn count(number: usize, out: &mut Vec<u8>) -> Option<()> {
    out.extend_from_slice(&u32::try_from(number).ok()?.to_le_bytes());
    Some(())
}

fn field(bytes: &[u8], out: &mut Vec<u8>) -> Option<()> {
    count(bytes.len(), out)?;
    out.extend_from_slice(bytes);
    Some(())
}

/// The page in these bytes; `None` if they are none. Allocates no more than they back.
fn read(bytes: &[u8]) -> Option<PageParts<'_>> {
    let mut rest = Rest(bytes);
    let status = StatusCode::from_u16(u16::from_le_bytes(rest.array()?)).ok()?;
    let born_aged = u64::from_le_bytes(rest.array()?);
    let mut earlier_status = Vec::new();
    for _ in 0..rest.count()? {
        earlier_status.push(HeaderValue::from_bytes(rest.field()?).ok()?);
    }
    let mut headers = HeaderMap::new();
    for _ in 0..rest.count()? {
        let name = HeaderName::from_bytes(rest.field()?).ok()?;
        let value = HeaderValue::from_bytes(rest.field()?).ok()?;
        headers.try_append(name, value).ok()?;
    }
    Some(PageParts {
        status,
        headers,
        born_aged,
        earlier_status: Cow::Owned(earlier_status),
        body: Cow::Borrowed(rest.0),
    })
}

/// What has not been read yet.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*array)
    }

    fn count(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    fn field(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.count()?).ok()?;
        let (field, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> StoredPage {
        let mut headers = HeaderMap::new();
        headers.append("x-a", HeaderValue::from_static("1"));
        headers.append("x-a", HeaderValue::from_bytes(b"\xff").unwrap());
        StoredPage::of_parts(PageParts {
            status: StatusCode::NOT_FOUND,
            headers,
            born_aged: 7,
            earlier_status: Cow::Owned(vec![HeaderValue::from_static("origin; hit")]),
            body: Cow::Borrowed(b"\0body"),
        })
    }

    #[test]
    fn a_page_comes_back_as_it_was() {
        let mut bytes = Vec::new();
        encode(&page(), &mut bytes).unwrap();
        assert_eq!(read(&bytes).unwrap(), page().parts());
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
