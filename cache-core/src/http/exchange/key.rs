//! Keys of requests and responses: a primary key for what is asked for, and a variant key for one of its variants (RFC 9111, sections
//! 2 and 4.1).

use std::hash::{Hash, Hasher};

use http::{HeaderMap, HeaderName, Uri};

use crate::http::key::fields::{FieldWriter, KeyBytes};
use crate::http::key::host;
use crate::http::key::parameters::Parameters;
use crate::http::refusal::Bypass;
use crate::http::request::{RequestHeaders, RequestView};
use crate::http::semantics::selecting::selecting_value;
use crate::key::{CacheKey, KeyWriter};

/// A key for a look-up.
#[derive(Debug)]
pub(crate) struct ResponseKey<'a>(pub(crate) &'a [u8]);

impl CacheKey for ResponseKey<'_> {
    type Stored = Box<[u8]>;

    fn hash<H: Hasher>(&self, state: &mut H) {
        Hash::hash(self.0, state);
    }

    fn same(&self, stored: &Box<[u8]>) -> bool {
        *self.0 == **stored
    }

    fn store(&self) -> Box<[u8]> {
        self.0.into()
    }

    fn write(&self, out: &mut KeyWriter<'_>) {
        out.text(&String::from_utf8_lossy(self.0));
    }
}

/// The key under which all that is stored for a target is found.
const PRIMARY: u8 = b'p';

/// The key of one of its variants.
const VARIANT: u8 = b'v';

/// The key of all that is stored for a target, for `GET` and `HEAD` alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PrimaryKey {
    bytes: KeyBytes,
    host: usize,
    target: usize,
}

impl PrimaryKey {
    /// The primary key of a request: its host, and its path and query as the client wrote them. What the origin may tell apart of one
    /// target follows: the scheme, another spelling of the host, what routers have read in it, and what something has made of it on the
    /// way.
    ///
    /// # Errors
    ///
    /// The reason why the request is not looked up.
    pub(crate) fn of(request: &RequestView<'_>, parameters: Parameters) -> Result<Self, Bypass> {
        let RequestView {
            original,
            uri: inner,
            headers,
            ..
        } = request;
        let host = host::canonical(original, headers.host?)?;
        let mut out = site(host.as_deref());
        let site = out.len();
        add_target(&mut out, original)?;
        let length = out.len();
        out.optional(original.scheme_str().map(str::as_bytes));
        let spelled = |own: Option<&[u8]>| {
            own.filter(|own| Some(*own) != host.as_deref())
                .map(<[u8]>::to_vec)
        };
        let authority = original.authority().map(|own| own.as_str().as_bytes());
        out.optional(spelled(authority).as_deref());
        out.optional(spelled(headers.host?).as_deref());
        out.optional(request.route.map(str::as_bytes));
        out.optional(request.nested.map(str::as_bytes));
        out.whole(&parameters.into_writer());
        if inner != original {
            out.optional(inner.scheme_str().map(str::as_bytes));
            let authority = inner.authority().map(|own| own.as_str().as_bytes());
            out.optional(authority);
            out.field(inner.path().as_bytes());
            out.optional(inner.query().map(str::as_bytes));
        }
        Ok(Self {
            bytes: out.finish().ok_or(Bypass::KeyTooLong)?,
            host: site,
            target: length,
        })
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The part of it that names the host: groups of responses do not reach beyond it (RFC 9875, section 2.1).
    pub(crate) fn host(&self) -> &[u8] {
        &self.bytes[..self.host]
    }

    /// The part of it that says what the client asks for: all that is stored for that is invalidated together.
    pub(crate) fn target(&self) -> &[u8] {
        &self.bytes[..self.target]
    }
}

/// What stands for the target of a request, as [`PrimaryKey::target`] does; two where its host is not that of its target, for nobody
/// knows which of them the origin has taken.
pub(crate) fn own(original: &Uri, headers: &RequestHeaders<'_>) -> Vec<KeyBytes> {
    let sites = sites(original, headers).into_iter();
    sites
        .filter_map(|mut out| {
            add_target(&mut out, original).ok()?;
            out.finish()
        })
        .collect()
}

/// What stands for the host of a request, as [`PrimaryKey::host`] does; two where its host is not that of its target.
pub(crate) fn own_hosts(original: &Uri, headers: &RequestHeaders<'_>) -> Vec<KeyBytes> {
    let sites = sites(original, headers).into_iter();
    sites.filter_map(FieldWriter::finish).collect()
}

fn sites(original: &Uri, headers: &RequestHeaders<'_>) -> Vec<FieldWriter> {
    let field = headers.host.ok().flatten();
    if let Ok(host) = host::canonical(original, field) {
        return vec![site(host.as_deref())];
    }
    let nowhere = Uri::from_static("/");
    let both = [
        host::canonical(original, None),
        host::canonical(&nowhere, field),
    ];
    let both = both.into_iter().filter_map(Result::ok);
    both.map(|host| site(host.as_deref())).collect()
}

/// What stands for another target on the host of a request; `None` if it is elsewhere.
pub(crate) fn beside(
    original: &Uri,
    other: &Uri,
    headers: &RequestHeaders<'_>,
) -> Option<KeyBytes> {
    let host = host::canonical(original, headers.host.ok()?).ok()?;
    if other.authority().is_some() && host::canonical(other, None).ok()? != host {
        return None;
    }
    if other.scheme().is_some()
        && original
            .scheme()
            .is_some_and(|own| other.scheme() != Some(own))
    {
        return None;
    }
    let mut out = site(host.as_deref());
    add_target(&mut out, other).ok()?;
    out.finish()
}

/// What all keys of a host begin with.
fn site(host: Option<&[u8]>) -> FieldWriter {
    let mut out = FieldWriter::new();
    out.tag(PRIMARY);
    out.optional(host);
    out
}

fn add_target(out: &mut FieldWriter, uri: &Uri) -> Result<(), Bypass> {
    if !uri.path().starts_with('/') {
        return Err(Bypass::Target);
    }
    out.field(uri.path().as_bytes());
    out.optional(uri.query().map(str::as_bytes));
    Ok(())
}

/// The key of the variant that a request with these fields selects by `names`; `None` if it would be too long.
pub(crate) fn variant(
    primary: &[u8],
    names: &[HeaderName],
    headers: &HeaderMap,
    normalises: bool,
) -> Option<KeyBytes> {
    let mut out = FieldWriter::new();
    out.tag(VARIANT);
    out.field(primary);
    for name in names {
        out.field(name.as_str().as_bytes());
        out.optional(selecting_value(headers, name, normalises).as_deref());
    }
    out.finish()
}

#[cfg(test)]
mod tests {
    use http::header::HOST;
    use http::{HeaderValue, Method};

    use super::*;

    fn between(original: &str, inner: &str, host: Option<&str>) -> Result<PrimaryKey, Bypass> {
        let mut headers = HeaderMap::new();
        if let Some(host) = host {
            headers.insert(HOST, HeaderValue::from_str(host).unwrap());
        }
        let (original, inner) = (original.parse().unwrap(), inner.parse().unwrap());
        let request = RequestView {
            method: &Method::GET,
            uri: &inner,
            original: &original,
            route: None,
            nested: None,
            headers: RequestHeaders::of(&headers),
            has_body: false,
        };
        PrimaryKey::of(&request, Parameters::unknown())
    }

    fn of(target: &str, host: Option<&str>) -> Result<PrimaryKey, Bypass> {
        between(target, target, host)
    }

    #[test]
    fn targets_that_differ_have_different_keys() {
        let keys = [
            of("/", Some("a")),
            of("/", Some("b")),
            of("/", None),
            of("/", Some("")),
            of("/?", Some("a")),
            of("/?a=1&b=2", Some("a")),
            of("/?b=2&a=1", Some("a")),
            of("/?a=1%26b=2", Some("a")),
            of("/a", Some("a")),
            of("/A", Some("a")),
            of("//a", Some("a")),
            of("/%61", Some("a")),
            between("/a", "/b", Some("a")),
            between("/a", "/a?c", Some("a")),
            between("/a", "http://b/a", Some("a")),
            between("/a", "https://b/a", Some("a")),
        ];
        for (at, one) in keys.iter().enumerate() {
            assert!(one.is_ok());
            assert!(!keys[at + 1..].contains(one), "{at}");
        }
    }

    #[test]
    fn one_target_is_invalidated_however_it_is_written() {
        let all = [
            of("/x", Some("a.example")),
            of("/x", Some("A.example")),
            of("/x", Some("a.example:80")),
            of("/x", Some("a.example:443")),
            of("http://a.example/x", None),
            of("http://a.example/x", Some("a.example")),
            of("https://a.example/x", None),
            of("https://a.example:443/x", None),
        ];
        let first = all[0].as_ref().unwrap();
        for (at, one) in all.iter().enumerate() {
            let one = one.as_ref().unwrap();
            assert_eq!(one.target(), first.target());
            // An origin may tell them apart by their scheme, their host or its port.
            let is_alone = all[at + 1..].iter().all(|other| other.as_ref() != Ok(one));
            assert!(is_alone || at == 4, "{at}");
        }
        let elsewhere = of("http://a.example/x", Some("b.example"));
        assert_eq!(elsewhere, Err(Bypass::Host));
        assert_eq!(of("*", Some("a")), Err(Bypass::Target));
    }

    #[test]
    fn a_target_of_two_hosts_is_that_of_both() {
        let headers = [(HOST, HeaderValue::from_static("b.example"))];
        let headers = headers.into_iter().collect();
        let both = own(
            &Uri::from_static("http://a.example/x"),
            &RequestHeaders::of(&headers),
        );
        let target = |host| of("/x", Some(host)).unwrap().target().to_vec();
        let both: Vec<_> = both.iter().map(|key| key.to_vec()).collect();
        assert_eq!(both, [target("a.example"), target("b.example")]);
    }

    #[test]
    fn what_is_rewritten_is_invalidated_by_what_the_client_asks_for() {
        let rewritten = between("/a?b", "/c", Some("a")).unwrap();
        assert_eq!(rewritten.target(), of("/a?b", Some("a")).unwrap().target());
    }

    #[test]
    fn targets_of_other_hosts_are_elsewhere() {
        let headers = [(HOST, HeaderValue::from_static("a.example"))];
        let headers = headers.into_iter().collect();
        let headers = RequestHeaders::of(&headers);
        let here = Uri::from_static("/x");
        let at = |target: &'static str| beside(&here, &Uri::from_static(target), &headers);
        let own = of("/y", Some("a.example")).unwrap();
        assert_eq!(at("/y").as_deref(), Some(own.target()));
        assert_eq!(at("http://a.example/y"), at("/y"));
        assert_eq!(at("http://b.example/y"), None);
    }

    #[test]
    fn variants_are_told_apart_by_all_names_and_values() {
        let headers = |value: Option<&'static str>| -> HeaderMap {
            let value = value.map(HeaderValue::from_static);
            value
                .map(|value| (http::header::ACCEPT, value))
                .into_iter()
                .collect()
        };
        let key = |names: &[HeaderName], value| variant(b"p", names, &headers(value), false);
        let accept = [http::header::ACCEPT];
        let all = [
            key(&accept, Some("a")),
            key(&accept, Some("")),
            key(&accept, None),
            key(&[http::header::ACCEPT_CHARSET], None),
            key(&[], None),
        ];
        for (at, one) in all.iter().enumerate() {
            assert!(!all[at + 1..].contains(one), "{at}");
        }
    }
}
