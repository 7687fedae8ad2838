//! The host that a request is for (RFC 9110, section 7.2).

use std::borrow::Cow;

use http::header::HOST;
use http::uri::Scheme;
use http::{HeaderMap, Uri};

use crate::http::refusal::Bypass;

/// The host in lower case and without a default port; `None` when the request names none, which is not the same as an empty one.
///
/// # Errors
///
/// [`Bypass::Host`] when it is given twice, is malformed, or disagrees with the authority of the target.
pub(crate) fn canonical<'a>(
    target: &'a Uri,
    headers: &'a HeaderMap,
) -> Result<Option<Cow<'a, str>>, Bypass> {
    let mut lines = headers.get_all(HOST).into_iter();
    let field = lines
        .next()
        .map(|line| normal(line.as_bytes(), target.scheme()))
        .transpose()?;
    if lines.next().is_some() {
        return Err(Bypass::Host);
    }
    let authority = target
        .authority()
        .map(|authority| normal(authority.as_str().as_bytes(), target.scheme()))
        .transpose()?;
    match (field, authority) {
        (Some(field), Some(authority)) if field != authority => Err(Bypass::Host),
        (field, authority) => Ok(field.or(authority)),
    }
}

fn normal<'a>(host: &'a [u8], scheme: Option<&Scheme>) -> Result<Cow<'a, str>, Bypass> {
    if !host
        .iter()
        .all(|byte| MAY_STAND_IN_A_HOST[usize::from(*byte)])
    {
        return Err(Bypass::Host);
    }
    let host = std::str::from_utf8(host).map_err(|_| Bypass::Host)?;
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => (name, port),
        _ => (host, ""),
    };
    // Without a scheme (a plain `Host` field) nobody knows which of the two this server stands for.
    let default = match scheme.map(Scheme::as_str) {
        Some("http") => port == "80",
        Some("https") => port == "443",
        _ => matches!(port, "80" | "443"),
    };
    let shown = if port.is_empty() || default {
        name
    } else {
        host
    };
    Ok(if shown.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(shown.to_ascii_lowercase())
    } else {
        Cow::Borrowed(shown)
    })
}

/// The visible characters but for those that end a host in a URL, or begin something else.
static MAY_STAND_IN_A_HOST: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = b'!';
    while byte <= b'~' {
        table[byte as usize] = !matches!(
            byte,
            b'/' | b'\\'
                | b'?'
                | b'#'
                | b'@'
                | b'"'
                | b'<'
                | b'>'
                | b'^'
                | b'`'
                | b'{'
                | b'|'
                | b'}'
        );
        byte += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn host(target: &str, fields: &[&str]) -> Result<Option<String>, Bypass> {
        let target = target.parse().unwrap();
        let headers = fields
            .iter()
            .map(|field| (HOST, HeaderValue::from_bytes(field.as_bytes()).unwrap()))
            .collect();
        canonical(&target, &headers).map(|host| host.map(Cow::into_owned))
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
