//! The host that a request is for (RFC 9110, section 7.2).

use std::borrow::Cow;

use http::Uri;
use http::uri::Scheme;

use crate::http::refusal::Bypass;

/// The host in lower case and without a default port; `None` when the request names none, which is not the same as an empty one.
/// `field` is its `Host`.
///
/// # Errors
///
/// [`Bypass::Host`] when it is malformed, or disagrees with the authority of the target.
pub(crate) fn canonical<'a>(
    target: &'a Uri,
    field: Option<&'a [u8]>,
) -> Result<Option<Cow<'a, [u8]>>, Bypass> {
    let scheme = target.scheme();
    let field = field.map(|field| normal(field, scheme));
    let authority = target.authority();
    let authority = authority.map(|authority| normal(authority.as_str().as_bytes(), scheme));
    match (field.transpose()?, authority.transpose()?) {
        (Some(field), Some(authority)) if field != authority => Err(Bypass::Host),
        (field, authority) => Ok(field.or(authority)),
    }
}

fn normal<'a>(host: &'a [u8], scheme: Option<&Scheme>) -> Result<Cow<'a, [u8]>, Bypass> {
    let found = host
        .iter()
        .fold(0, |found, byte| found | KINDS[usize::from(*byte)]);
    if found & FORBIDDEN != 0 {
        return Err(Bypass::Host);
    }
    let shown = if found & COLON != 0 {
        without_default_port(host, scheme)
    } else {
        host
    };
    Ok(if found & UPPER_CASE != 0 {
        Cow::Owned(shown.to_ascii_lowercase())
    } else {
        Cow::Borrowed(shown)
    })
}

fn without_default_port<'a>(host: &'a [u8], scheme: Option<&Scheme>) -> &'a [u8] {
    let Some(colon) = host.iter().rposition(|byte| *byte == b':') else {
        return host;
    };
    let is_default = match (scheme.map(Scheme::as_str), &host[colon + 1..]) {
        (_, b"") => true,
        (Some("http"), port) => port == b"80",
        (Some("https"), port) => port == b"443",
        // Without a scheme (a plain `Host` field) nobody knows which of the two this server stands for.
        (_, port) => matches!(port, b"80" | b"443"),
    };
    if is_default { &host[..colon] } else { host }
}

/// What a byte says of the host in which it stands, as bits: every request has a host, so it is read in one pass.
static KINDS: [u8; 256] = {
    let mut kinds = [FORBIDDEN; 256];
    let mut byte = b'!';
    while byte <= b'~' {
        kinds[byte as usize] = match byte {
            b':' => COLON,
            b'A'..=b'Z' => UPPER_CASE,
            b'/' | b'\\' | b'?' | b'#' | b'@' | b'"' | b'<' | b'>' | b'^' | b'`' | b'{' | b'|'
            | b'}' => FORBIDDEN,
            _ => 0,
        };
        byte += 1;
    }
    kinds
};

/// No visible character, or one that ends a host in a URL, or begins something else.
const FORBIDDEN: u8 = 1;
const COLON: u8 = 2;
const UPPER_CASE: u8 = 4;

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use http::header::HOST;

    use super::*;
    use crate::http::request::RequestHeaders;

    fn host(target: &str, fields: &[&str]) -> Result<Option<String>, Bypass> {
        let target = target.parse().unwrap();
        let headers = fields
            .iter()
            .map(|field| (HOST, HeaderValue::from_bytes(field.as_bytes()).unwrap()))
            .collect();
        let host = canonical(&target, RequestHeaders::of(&headers).host?)?;
        Ok(host.map(|host| String::from_utf8(host.into_owned()).unwrap()))
    }

    #[test]
    fn one_spelling_for_one_host() {
        for (target, fields, expected) in [
            ("/", &[][..], None),
            ("/", &[""], Some("")),
            ("/", &["A.Example"], Some("a.example")),
            ("/", &["a.example:80"], Some("a.example")),
            ("/", &["a.example:443"], Some("a.example")),
            ("/", &["a.example:"], Some("a.example")),
            ("/", &["a.example:8080"], Some("a.example:8080")),
            ("/", &["a.example:080"], Some("a.example:080")),
            ("/", &["[::1]:80"], Some("[::1]")),
            ("/", &["[::1]"], Some("[::1]")),
            ("/", &["[::1]:3000"], Some("[::1]:3000")),
            ("http://A.example/x", &["a.example"], Some("a.example")),
            ("http://a.example:80/x", &["a.example"], Some("a.example")),
            ("https://a.example:443/x", &[], Some("a.example")),
            ("https://a.example:80/x", &[], Some("a.example:80")),
        ] {
            assert_eq!(
                host(target, fields),
                Ok(expected.map(str::to_owned)),
                "{target} {fields:?}"
            );
        }
    }

    #[test]
    fn a_host_that_cannot_be_trusted_is_not_keyed() {
        for (target, fields) in [
            ("http://b.example/x", &["a.example"][..]),
            ("https://a.example:80/x", &["a.example"]),
            ("http://user@a.example/x", &["a.example"]),
            ("/", &["a.example", "a.example"]),
            ("/", &["a.example", "b.example"]),
            ("/", &["a.example/x"]),
            ("/", &["user@a.example"]),
            ("/", &["a example"]),
            ("/", &["a\\b"]),
            ("/", &["a.example?x"]),
            ("/", &["é"]),
        ] {
            assert_eq!(
                host(target, fields),
                Err(Bypass::Host),
                "{target} {fields:?}"
            );
        }
    }
}
