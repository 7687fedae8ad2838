//! What is kept, as bytes: a tag, then the parts of a response or of an index.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use once_cell::sync::OnceCell;

use super::{Kept, StoredResponse, VariantIndex};
use crate::entry::{AnyEntry, Entry, Meta};
use crate::error::{Error, Result};
use crate::far::ValueFormat;
use crate::format::codec::CodecId;
use crate::format::schema::Fingerprint;
use crate::http::parts::{PartReader, write_count, write_part};
use crate::http::semantics::storing::StoringTerms;

/// The codec of responses and indexes.
#[derive(Debug)]
pub(crate) struct KeptFormat;

/// A number of its own among the codecs of this crate.
const CODEC: CodecId = CodecId(4);

const RESPONSE: u8 = 1;
const INDEX: u8 = 2;

impl ValueFormat for KeptFormat {
    fn fingerprint(&self) -> Fingerprint {
        Fingerprint::from_bytes(*b"HTTP, v. 002")
    }

    fn encode(&self, value: &dyn Any, out: &mut Vec<u8>) -> Result<CodecId> {
        let kept: Option<&Kept> = value.downcast_ref();
        kept.and_then(|kept| write(kept, out))
            .ok_or_else(|| Error::value("a part of the response is too long"))?;
        Ok(CODEC)
    }

    fn decode(&self, codec: CodecId, bytes: &[u8], meta: Meta) -> Option<Arc<dyn AnyEntry>> {
        if codec != CODEC {
            return None;
        }
        let kept = read(bytes)?;
        let weight = kept.weight();
        Some(Entry::new(kept, meta.weighing(weight)))
    }
}

fn write(kept: &Kept, out: &mut Vec<u8>) -> Option<()> {
    match kept {
        Kept::Response(response) => write_response(response, out),
        Kept::Index(index) => write_index(index, out),
    }
}

fn write_response(response: &StoredResponse, out: &mut Vec<u8>) -> Option<()> {
    let terms = &response.terms;
    out.push(RESPONSE);
    out.extend_from_slice(&response.status.as_u16().to_le_bytes());
    out.push(u8::from(terms.no_cache) | (u8::from(terms.must_revalidate) << 1));
    for time in [
        terms.life,
        terms.while_revalidate,
        terms.if_error,
        response.initial_age,
    ] {
        out.extend_from_slice(&time.as_secs().to_le_bytes());
        out.extend_from_slice(&time.subsec_nanos().to_le_bytes());
    }
    write_count(response.headers.len(), out)?;
    for (name, value) in &response.headers {
        write_part(name.as_str().as_bytes(), out)?;
        write_part(value.as_bytes(), out)?;
    }
    out.extend_from_slice(&response.body);
    Some(())
}

fn write_index(index: &VariantIndex, out: &mut Vec<u8>) -> Option<()> {
    out.push(INDEX);
    write_count(index.lists.len(), out)?;
    for list in &index.lists {
        write_count(list.len(), out)?;
        for name in list {
            write_part(name.as_str().as_bytes(), out)?;
        }
    }
    write_count(index.variants.len(), out)?;
    for key in &index.variants {
        write_part(key, out)?;
    }
    Some(())
}

/// What is in these bytes; `None` if nothing is.
fn read(bytes: &[u8]) -> Option<Kept> {
    let mut rest = PartReader(bytes);
    match rest.array()? {
        [RESPONSE] => read_response(rest).map(Kept::Response),
        [INDEX] => read_index(rest).map(Kept::Index),
        _ => None,
    }
}

fn read_response(mut rest: PartReader<'_>) -> Option<StoredResponse> {
    let status = StatusCode::from_u16(u16::from_le_bytes(rest.array()?)).ok()?;
    let [flags] = rest.array()?;
    let mut times = [Duration::ZERO; 4];
    for time in &mut times {
        let seconds = u64::from_le_bytes(rest.array()?);
        let nanos = u32::from_le_bytes(rest.array()?);
        *time = Duration::new(seconds, nanos.min(999_999_999));
    }
    let [life, while_revalidate, if_error, initial_age] = times;
    let mut headers = HeaderMap::new();
    for _ in 0..rest.count()? {
        let name = HeaderName::from_bytes(rest.part()?).ok()?;
        let value = HeaderValue::from_bytes(rest.part()?).ok()?;
        headers.try_append(name, value).ok()?;
    }
    let terms = StoringTerms {
        life,
        no_cache: flags & 1 != 0,
        must_revalidate: flags & 2 != 0,
        while_revalidate,
        if_error,
    };
    Some(StoredResponse {
        status,
        headers,
        body: Bytes::copy_from_slice(rest.0),
        terms,
        initial_age,
        shown: OnceCell::new(),
    })
}

fn read_index(mut rest: PartReader<'_>) -> Option<VariantIndex> {
    let mut index = VariantIndex::default();
    for _ in 0..rest.count()? {
        let mut list = Vec::new();
        for _ in 0..rest.count()? {
            list.push(HeaderName::from_bytes(rest.part()?).ok()?);
        }
        index.lists.push(list);
    }
    for _ in 0..rest.count()? {
        index.variants.push(rest.part()?.into());
    }
    rest.0.is_empty().then_some(index)
}

#[cfg(test)]
mod tests {
    use http::header::{ACCEPT, ACCEPT_LANGUAGE};

    use super::*;

    fn response() -> StoredResponse {
        let mut headers = HeaderMap::new();
        headers.append("x-a", HeaderValue::from_static("1"));
        headers.append("x-a", HeaderValue::from_bytes(b"\xff").unwrap());
        StoredResponse {
            status: StatusCode::NOT_FOUND,
            headers,
            body: Bytes::from_static(b"\0body"),
            terms: StoringTerms {
                life: Duration::from_millis(1_500),
                no_cache: true,
                must_revalidate: false,
                while_revalidate: Duration::from_secs(2),
                if_error: Duration::from_secs(3),
            },
            initial_age: Duration::from_secs(4),
            shown: OnceCell::new(),
        }
    }

    fn bytes(kept: &Kept) -> Vec<u8> {
        let mut out = Vec::new();
        write(kept, &mut out).unwrap();
        out
    }

    #[test]
    fn a_response_comes_back_as_it_was() {
        let Some(Kept::Response(back)) = read(&bytes(&Kept::Response(response()))) else {
            panic!("no response");
        };
        let own = response();
        assert_eq!((back.status, &back.headers), (own.status, &own.headers));
        assert_eq!((&back.body, back.terms), (&own.body, own.terms));
        assert_eq!(back.initial_age, own.initial_age);
    }

    #[test]
    fn an_index_comes_back_as_it_was() {
        let index = VariantIndex {
            lists: vec![vec![ACCEPT, ACCEPT_LANGUAGE], vec![]],
            variants: vec![b"one"[..].into(), b""[..].into()],
        };
        let Some(Kept::Index(back)) = read(&bytes(&Kept::Index(index.clone()))) else {
            panic!("no index");
        };
        assert_eq!(back, index);
    }

    #[test]
    fn what_is_cut_short_is_nothing() {
        let whole = bytes(&Kept::Response(response()));
        for length in 0..whole.len() - b"\0body".len() {
            assert!(read(&whole[..length]).is_none(), "{length}");
        }
        let mut endless = vec![INDEX];
        endless.extend_from_slice(&u32::MAX.to_le_bytes());
        assert!(read(&endless).is_none());
    }
}
