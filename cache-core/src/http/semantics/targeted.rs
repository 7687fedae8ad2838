//! Fields that speak to some caches alone: `CDN-Cache-Control` and its like (RFC 9213), and the older `Surrogate-Control`.

use http::{HeaderMap, HeaderName};
use sfv::{BareItem, Dictionary, ListEntry, Parser};

use super::directives::ResponseDirectives;

/// Of the public standard.
pub(crate) const CDN_CACHE_CONTROL: HeaderName = HeaderName::from_static("cdn-cache-control");

/// What came before it (Edge Architecture Specification, section 2.2.3).
pub(crate) const SURROGATE_CONTROL: HeaderName = HeaderName::from_static("surrogate-control");

/// The directives of the first of these fields that a response has and that can be read: then `Cache-Control` and `Expires` say nothing
/// to this cache (RFC 9213, section 2.2).
pub(crate) fn targeted(headers: &HeaderMap, fields: &[HeaderName]) -> Option<ResponseDirectives> {
    fields.iter().find_map(|field| {
        if *field == SURROGATE_CONTROL {
            return headers
                .contains_key(field)
                .then(|| ResponseDirectives::in_field(headers, field))
                .filter(|found| !found.is_unreadable);
        }
        structured(headers, field)
    })
}

/// A field as RFC 9213 has it: a dictionary of structured fields. One that is empty or malformed says nothing, and neither does one in
/// which a directive has a value of the wrong type.
fn structured(headers: &HeaderMap, field: &HeaderName) -> Option<ResponseDirectives> {
    let lines: Vec<&[u8]> = headers
        .get_all(field)
        .into_iter()
        .map(http::HeaderValue::as_bytes)
        .collect();
    let text = lines.join(&b", "[..]);
    let members: Dictionary = Parser::new(&text).parse().ok()?;
    if members.is_empty() {
        return None;
    }
    let mut found = ResponseDirectives::default();
    for (name, member) in &members {
        let ListEntry::Item(item) = member else {
            return None;
        };
        let name = name.as_str();
        let flag = match name {
            "no-store" => Some(&mut found.no_store),
            "no-cache" => Some(&mut found.no_cache),
            "private" => Some(&mut found.private),
            "public" => Some(&mut found.public),
            "must-revalidate" => Some(&mut found.must_revalidate),
            "proxy-revalidate" => Some(&mut found.proxy_revalidate),
            "must-understand" => Some(&mut found.must_understand),
            _ => None,
        };
        if let Some(flag) = flag {
            // Names of fields, as in `private="x"`, limit what is said; here all of it counts.
            *flag = !matches!(item.bare_item, BareItem::Boolean(false));
            continue;
        }
        let time = match name {
            "max-age" => &mut found.max_age,
            "s-maxage" => &mut found.s_maxage,
            "stale-while-revalidate" => &mut found.stale_while_revalidate,
            "stale-if-error" => &mut found.stale_if_error,
            _ => continue,
        };
        let BareItem::Integer(seconds) = item.bare_item else {
            return None;
        };
        *time = Some(u64::try_from(i64::from(seconds)).unwrap_or(0));
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn read(fields: &[(&'static str, &str)]) -> Option<ResponseDirectives> {
        let fields = fields.iter();
        let headers: HeaderMap = fields
            .map(|(name, value)| {
                let name = HeaderName::from_static(name);
                (name, HeaderValue::from_str(value).unwrap())
            })
            .collect();
        targeted(&headers, &[CDN_CACHE_CONTROL, SURROGATE_CONTROL])
    }

    fn max_age(text: &str) -> Option<u64> {
        read(&[("cdn-cache-control", text)])?.max_age
    }

    #[test]
    fn a_dictionary_of_directives() {
        for (text, expected) in [
            ("max-age=60", Some(60)),
            ("max-age=60, ext, other=(a b);q=1", None),
            ("max-age=60;ext=1, ext=2", Some(60)),
            ("max-age=60, max-age=30", Some(30)),
            ("max-age=99999999999", Some(99_999_999_999)),
            ("max-age=-5", Some(0)),
            ("max-age=\"60\"", None),
            ("max-age=60.5", None),
            ("max-age = 60", None),
            ("max-age=60, &&&", None),
            ("MaX-aGe=60", None),
            ("", None),
        ] {
            assert_eq!(max_age(text), expected, "{text}");
        }
    }

    #[test]
    fn flags() {
        let found = read(&[("cdn-cache-control", "no-store, private=?0, public")]);
        let found = found.unwrap();
        assert_eq!(
            (found.no_store, found.private, found.public),
            (true, false, true)
        );
    }

    #[test]
    fn lines_are_one_list() {
        let found = read(&[
            ("cdn-cache-control", "max-age=60"),
            ("cdn-cache-control", "no-cache"),
        ]);
        let found = found.unwrap();
        assert_eq!((found.max_age, found.no_cache), (Some(60), true));
    }

    #[test]
    fn the_first_that_can_be_read_counts() {
        let both = |cdn| {
            let fields = [
                ("cdn-cache-control", cdn),
                ("surrogate-control", "max-age=5"),
            ];
            read(&fields).and_then(|found| found.max_age)
        };
        assert_eq!(both("max-age=60"), Some(60));
        assert_eq!(both("&&&"), Some(5));
        assert_eq!(read(&[]), None);
    }
}
