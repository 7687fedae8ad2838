//! The tags of a page, by which a CDN purges it.

use http::{HeaderMap, HeaderName, HeaderValue};

use super::cache_control::Directives;
use crate::cdn::{ANY, CdnField, CdnTag};
use crate::far::BESIDE;
use crate::http::refusal::Refusal;
use crate::http::room::set;
use crate::name::{CACHE, Name};

/// A response field that is longer is refused somewhere on the way: Akamai reads 8 KiB of header fields in all.
const LONGEST: usize = 4 << 10;

/// Adds the tags of these names to a page that CDNs may keep. What its handler says in these fields stays after them.
pub(crate) fn add(headers: &mut HeaderMap, fields: &[CdnField], names: &[Name]) {
    let forbids = Directives::of(headers).forbids;
    if fields.is_empty() || matches!(forbids, Some(Refusal::Private | Refusal::NoStore)) {
        return;
    }
    // What only a store knows. The whole of a cache has another name for CDNs.
    let of_stores = [CACHE, BESIDE];
    let names = names.iter().copied();
    let tags = CdnTag::all_of(names.filter(|name| !of_stores.contains(name)));
    for field in fields {
        let name = HeaderName::from_static(field.name());
        let own: Vec<&[u8]> = headers
            .get_all(&name)
            .iter()
            .map(HeaderValue::as_bytes)
            .collect();
        let own = own.join(field.separator().as_bytes());
        if let Ok(value) = HeaderValue::from_bytes(&value(*field, &tags, &own)) {
            set(headers, name, value);
        }
    }
}

/// The tags, or where there are too many of them, the one that every purge has. They stand first: a CDN leaves out what is too much.
fn value(field: CdnField, tags: &[CdnTag], own: &[u8]) -> Vec<u8> {
    let between = field.separator().as_bytes();
    let others = own.split(|byte| *byte == between[0]);
    let others = others.filter(|tag| !tag.is_empty()).count();
    let with = |tags: &[CdnTag]| match (field.value(tags), own) {
        (value, []) => value.into_bytes(),
        (value, own) => [value.as_bytes(), own].join(between),
    };
    let all = with(tags);
    if tags.len() + others > field.most() || all.len() > LONGEST {
        with(&CdnTag::all_of([ANY]))
    } else {
        all
    }
}
