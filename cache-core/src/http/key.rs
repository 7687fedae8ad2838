//! The key of a request, and the request that a key stands for.
//!
//! The key is written and read in one place, because a page's handler runs on what is read here: whatever the key leaves out is not
//! there. Method family is not written: everything that is looked up is a `GET` or a `HEAD`, and a `HEAD` shares the `GET`'s entry.

use std::hash::{Hash, Hasher};
use std::str::from_utf8;

use http::header::{COOKIE, HOST};
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, Uri};

use self::fields::{FieldReader, FieldWriter, KeyBytes};
use self::parameters::Parameters;
use super::refusal::Bypass;
use super::request::RequestView;
use super::vary::Varied;
use crate::key::{CacheKey, KeyWriter};

pub(crate) mod cookies;
pub(crate) mod fields;
pub(crate) mod host;
pub(crate) mod parameters;
pub(crate) mod query;
pub(crate) mod shown;

/// What of a request a page is keyed by.
#[derive(Debug)]
pub(crate) struct Keying {
    pub(crate) varied: Varied,
    /// The only parameters of the query that count, where the page names them.
    pub(crate) query: Option<&'static [&'static str]>,
}

/// The key of a request, in two parts: what is asked for, and in which variant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RequestKey {
    bytes: KeyBytes,
    variant_at: usize,
}

impl RequestKey {
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Target and host: the same for all variants.
    fn primary(&self) -> &[u8] {
        &self.bytes[..self.variant_at]
    }

    /// What all variants share, as a key.
    pub(crate) fn without_variant(&self) -> Self {
        Self {
            bytes: self.primary().into(),
            variant_at: self.variant_at,
        }
    }

    /// The headers and cookies that tell variants apart.
    fn variant(&self) -> &[u8] {
        &self.bytes[self.variant_at..]
    }
}

impl CacheKey for RequestKey {
    type Stored = Box<[u8]>;

    fn hash<H: Hasher>(&self, state: &mut H) {
        Hash::hash(self.as_bytes(), state);
    }

    fn same(&self, stored: &Box<[u8]>) -> bool {
        *self.as_bytes() == **stored
    }

    fn store(&self) -> Box<[u8]> {
        self.as_bytes().into()
    }

    fn write(&self, out: &mut KeyWriter<'_>) {
        out.text(&String::from_utf8_lossy(self.as_bytes()));
    }
}

/// What stands for the target of a request in its key.
#[derive(Debug)]
pub(crate) enum KeyTarget<'a> {
    /// The target itself, with the parameters of its path.
    Url(Parameters),
    /// The page's own `key = "…"`.
    Name(&'a [u8]),
}

/// A rebuilt request, but for its extensions.
#[derive(Debug)]
pub(crate) struct Rebuilt {
    /// The target as a nested router shows it.
    pub(crate) uri: Uri,
    /// The target as the client wrote it, its query in keyed order.
    pub(crate) original: Uri,
    pub(crate) headers: HeaderMap,
    /// Whether the page's own key stands for the target, so that nothing of the client's target may be seen.
    pub(crate) is_named: bool,
}

const BY_NAME: u8 = b'N';

impl Keying {
    /// The key of a request.
    ///
    /// # Errors
    ///
    /// The reason why this request has no key.
    pub(crate) fn key(
        &self,
        request: &RequestView<'_>,
        target: KeyTarget<'_>,
    ) -> Result<RequestKey, Bypass> {
        let host = host::canonical(request.original, request.headers.host?)?;
        let mut out = match target {
            KeyTarget::Url(parameters) => {
                let mut out = parameters.into_writer();
                self.write_url(request, &mut out)?;
                out
            }
            KeyTarget::Name(name) => {
                let mut out = FieldWriter::new();
                out.tag(BY_NAME);
                out.field(name);
                out
            }
        };
        out.optional(host.as_deref());
        let variant_at = out.len();
        let headers = request.headers.all;
        for header in &self.varied.headers {
            if let Some(choice) = self.varied.choice_by(header) {
                out.list(choice.made(headers).into_iter().map(str::as_bytes));
                continue;
            }
            let lines = headers.get_all(header).into_iter();
            out.list(lines.map(HeaderValue::as_bytes));
        }
        for cookie in self.varied.cookies {
            out.list(cookies::values(headers, cookie));
        }
        Ok(RequestKey {
            bytes: out.finish().ok_or(Bypass::KeyTooLong)?,
            variant_at,
        })
    }

    fn write_url(&self, request: &RequestView<'_>, out: &mut FieldWriter) -> Result<(), Bypass> {
        let (path, inner) = (request.original.path(), request.uri.path());
        if !path.starts_with('/') || !inner.starts_with('/') {
            return Err(Bypass::Target);
        }
        let query = query::canonical(request.original.query(), self.query);
        out.field(path.as_bytes());
        out.optional(query.as_deref().map(str::as_bytes));
        let rewritten = (request.uri.query() != request.original.query())
            .then(|| query::canonical(request.uri.query(), self.query));
        let inner_query = rewritten.as_ref().unwrap_or(&query);
        let is_rewritten = inner != path || *inner_query != query;
        out.optional(is_rewritten.then_some(inner.as_bytes()));
        if is_rewritten {
            out.optional(inner_query.as_deref().map(str::as_bytes));
        }
        out.optional(request.route.map(str::as_bytes));
        out.optional(request.nested.map(str::as_bytes));
        Ok(())
    }

    /// The request that a key stands for; `None` for bytes that are no key of this page.
    pub(crate) fn rebuild(&self, key: &RequestKey) -> Option<Rebuilt> {
        let mut read = FieldReader::new(key.primary());
        let (uri, original, is_named) = match KeyHead::read(&mut read)? {
            KeyHead::Url => {
                let (uri, original) = read_url(&mut read)?;
                (uri, original, false)
            }
            KeyHead::Name(_) => (Uri::from_static("/"), Uri::from_static("/"), true),
        };
        let mut headers = HeaderMap::new();
        if let Some(host) = read.list()?.first().copied() {
            headers.insert(HOST, HeaderValue::from_bytes(host).ok()?);
        }
        let mut read = FieldReader::new(key.variant());
        for name in &self.varied.headers {
            for line in read.list()? {
                // The host is canonical already; a second line would be the client's spelling of it.
                if name != HOST {
                    headers.append(name, HeaderValue::from_bytes(line).ok()?);
                }
            }
        }
        let cookies = self.rebuild_cookies(&mut read)?;
        if !cookies.is_empty() && !headers.contains_key(COOKIE) {
            headers.insert(COOKIE, HeaderValue::from_bytes(&cookies).ok()?);
        }
        Some(Rebuilt {
            uri,
            original,
            headers,
            is_named,
        })
    }

    /// Path and query of the client that a key stands for; `None` where the page's own key stands in their place.
    pub(crate) fn path_of(key: &RequestKey) -> Option<(&str, Option<&str>)> {
        let mut read = FieldReader::new(key.primary());
        let KeyHead::Url = KeyHead::read(&mut read)? else {
            return None;
        };
        let (path, query) = (
            from_utf8(read.field()?).ok()?,
            read.list()?.first().copied(),
        );
        Some((path, query.map(from_utf8).transpose().ok()?))
    }

    /// The parameters of the path, as a router matched it, that a key holds.
    pub(crate) fn parameters_of(key: &RequestKey) -> Option<Vec<(&str, &str)>> {
        let mut read = FieldReader::new(key.primary());
        let tag = read.tag()?;
        Parameters::read(tag, &mut read)
    }

    /// The page's own key, where it stands in the place of path and query.
    pub(crate) fn name_of(key: &RequestKey) -> Option<&[u8]> {
        match KeyHead::read(&mut FieldReader::new(key.primary()))? {
            KeyHead::Name(name) => Some(name),
            KeyHead::Url => None,
        }
    }

    fn rebuild_cookies(&self, read: &mut FieldReader<'_>) -> Option<Vec<u8>> {
        let mut line = Vec::new();
        for name in self.varied.cookies {
            for value in read.list()? {
                if !line.is_empty() {
                    line.extend_from_slice(b"; ");
                }
                line.extend_from_slice(name.as_bytes());
                line.push(b'=');
                line.extend_from_slice(value);
            }
        }
        Some(line)
    }
}

/// What a key begins with.
enum KeyHead<'a> {
    Url,
    Name(&'a [u8]),
}

impl<'a> KeyHead<'a> {
    fn read(read: &mut FieldReader<'a>) -> Option<Self> {
        let tag = read.tag()?;
        if tag == BY_NAME {
            return read.field().map(Self::Name);
        }
        Parameters::skip(tag, read)?;
        Some(Self::Url)
    }
}

fn read_url(read: &mut FieldReader<'_>) -> Option<(Uri, Uri)> {
    let (path, query) = (read.field()?, read.list()?.first().copied());
    let original = target(path, query)?;
    let uri = match read.list()?.first().copied() {
        Some(inner) => target(inner, read.list()?.first().copied())?,
        None => original.clone(),
    };
    let (_route, _nested) = (read.list()?.first().copied(), read.list()?.first().copied());
    Some((uri, original))
}

fn target(path: &[u8], query: Option<&[u8]>) -> Option<Uri> {
    let mut text = from_utf8(path).ok()?.to_owned();
    if let Some(query) = query {
        text.push('?');
        text.push_str(from_utf8(query).ok()?);
    }
    Some(Uri::from(PathAndQuery::try_from(text).ok()?))
}

#[cfg(test)]
mod tests;
