//! `#[conditional]`: what a handler knows of its answer before it runs, and what its request asks about that.

use std::fmt::Write;
use std::time::SystemTime;

use hmac_sha256::Hash;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};

use super::entity_tags::EntityTag;
use super::key::cookies;
use super::preconditions::{CurrentState, PreconditionOutcome, evaluate};
use super::validators::Validators;
use crate::clock;
use crate::key::Key;

/// The method and the conditions of a request.
#[derive(Clone, Debug)]
pub struct ConditionalRequest {
    pub(crate) method: Method,
    pub(crate) headers: HeaderMap,
}

/// What the attribute says of the answer to a request.
#[derive(Debug, Default)]
pub struct KnownState {
    tag: Option<Key>,
    modified: Option<SystemTime>,
    vary_headers: &'static [&'static str],
    vary_cookies: &'static [&'static str],
}

impl KnownState {
    /// What this gives.
    pub fn of(known: impl FnOnce() -> Self) -> Self {
        known()
    }

    /// Nothing is known yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// What the entity tag is made of; nothing where there is no representation.
    #[must_use]
    pub fn tag<T: TagPart>(mut self, tag: T) -> Self {
        self.tag = tag.into_tag_part();
        self
    }

    /// When the representation has changed last; nothing where that is not known.
    #[must_use]
    pub fn modified<T: ChangeDate>(mut self, date: T) -> Self {
        self.modified = date.into_change_date();
        self
    }

    /// The headers, in lower case, and the cookies by which representations of one state differ: each has a tag of its own.
    #[must_use]
    pub fn varied(
        mut self,
        headers: &'static [&'static str],
        cookies: &'static [&'static str],
    ) -> Self {
        (self.vary_headers, self.vary_cookies) = (headers, cookies);
        self
    }
}

impl ConditionalRequest {
    /// The validators of the answer to this request.
    pub(crate) fn validators(&self, known: &KnownState) -> Validators {
        let tag = known.tag.as_ref().map(|tag| self.entity_tag(tag, known));
        Validators {
            tag: tag.and_then(|tag| HeaderValue::try_from(tag).ok()),
            modified: known.modified,
        }
    }

    /// A strong tag: a hash, so that any text can be in it, and no two texts are one tag.
    fn entity_tag(&self, tag: &Key, known: &KnownState) -> String {
        let mut hash = Hash::new();
        // With lengths and counts in front, so that no two sequences of parts read the same.
        let mut parts = |all: &[&[u8]]| {
            hash.update((all.len() as u64).to_le_bytes());
            for bytes in all {
                hash.update((bytes.len() as u64).to_le_bytes());
                hash.update(bytes);
            }
        };
        parts(&[tag.as_bytes()]);
        for name in known.vary_headers {
            let lines = self.headers.get_all(*name).into_iter();
            parts(&lines.map(HeaderValue::as_bytes).collect::<Vec<_>>());
        }
        for name in known.vary_cookies {
            parts(&cookies::values(&self.headers, name).collect::<Vec<_>>());
        }
        let bytes = hash.finalize();
        let mut text = String::with_capacity(34);
        text.push('"');
        for byte in &bytes[..16] {
            let _ = write!(text, "{byte:02x}");
        }
        text.push('"');
        text
    }

    /// The answer in the place of the handler's, if the conditions of the request decide.
    pub(crate) fn decided(&self, known: &Validators) -> Option<Response<()>> {
        let now = clock::wall();
        let current = CurrentState {
            exists: known.tag.is_some() || known.modified.is_some(),
            tag: known.tag.as_ref().and_then(EntityTag::of),
            modified: known.modified,
        };
        let status = match evaluate(&self.method, &self.headers, current) {
            PreconditionOutcome::Proceed => return None,
            PreconditionOutcome::NotModified => StatusCode::NOT_MODIFIED,
            PreconditionOutcome::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
        };
        let mut answer = Response::new(());
        *answer.status_mut() = status;
        if status == StatusCode::NOT_MODIFIED {
            known.add_to(answer.headers_mut(), now);
        }
        Some(answer)
    }

    /// The validators of a page. A request that may change something is not looked up: its conditions are decided here, and not by what
    /// is kept.
    ///
    /// # Errors
    ///
    /// The answer in the place of the handler's.
    #[cfg(any(feature = "axum", feature = "actix"))]
    pub(crate) fn page_validators(&self, known: &KnownState) -> Result<Validators, Response<()>> {
        let validators = self.validators(known);
        if self.reads() {
            return Ok(validators);
        }
        match self.decided(&validators) {
            Some(decided) => Err(decided),
            None => Ok(Validators::default()),
        }
    }

    /// Adds validators to what a handler has answered. After a change they would be those of the state before it.
    #[cfg(any(feature = "axum", feature = "actix"))]
    pub(crate) fn add_validators(
        &self,
        validators: &Validators,
        status: StatusCode,
        headers: &mut HeaderMap,
    ) {
        if self.reads() && status.is_success() {
            validators.add_to(headers, clock::wall());
        }
    }

    /// Whether the request only reads.
    fn reads(&self) -> bool {
        matches!(self.method, Method::GET | Method::HEAD)
    }
}

/// What an entity tag can be made of.
#[diagnostic::on_unimplemented(
    message = "an `etag` is made of a text or a key, and not of `{Self}`",
    label = "expected a `Key` or an `Option<Key>`",
    note = "write a text with holes, as in `etag = \"post:{{post.id}}:{{post.revision}}\"`",
    note = "where there may be nothing, give an option: `etag = post.as_ref().map(|post| cache_core::key!(\"post:{{post.id}}\"))`"
)]
pub trait TagPart {
    /// The key; nothing where there is no representation.
    fn into_tag_part(self) -> Option<Key>;
}

impl TagPart for Key {
    fn into_tag_part(self) -> Option<Key> {
        Some(self)
    }
}

impl TagPart for Option<Key> {
    fn into_tag_part(self) -> Option<Key> {
        self
    }
}

/// What can be the date of a change.
#[diagnostic::on_unimplemented(
    message = "the date of a change is a `SystemTime`, and not `{Self}`",
    label = "expected a `SystemTime` or an `Option<SystemTime>`",
    note = "with the feature `chrono` also `chrono::DateTime`, and with the feature `time` also `time::OffsetDateTime` and `time::UtcDateTime`"
)]
pub trait ChangeDate {
    /// The date; nothing where it is not known.
    fn into_change_date(self) -> Option<SystemTime>;
}

impl ChangeDate for SystemTime {
    fn into_change_date(self) -> Option<SystemTime> {
        Some(self)
    }
}

impl<T: ChangeDate> ChangeDate for Option<T> {
    fn into_change_date(self) -> Option<SystemTime> {
        self.and_then(T::into_change_date)
    }
}

#[cfg(feature = "chrono")]
impl<Z: chrono::TimeZone> ChangeDate for chrono::DateTime<Z> {
    fn into_change_date(self) -> Option<SystemTime> {
        at(self.timestamp())
    }
}

#[cfg(feature = "time")]
impl ChangeDate for time::OffsetDateTime {
    fn into_change_date(self) -> Option<SystemTime> {
        at(self.unix_timestamp())
    }
}

#[cfg(feature = "time")]
impl ChangeDate for time::UtcDateTime {
    fn into_change_date(self) -> Option<SystemTime> {
        at(self.unix_timestamp())
    }
}

/// The date of so many seconds since 1970. HTTP writes whole seconds, and none of before.
#[cfg(any(feature = "chrono", feature = "time", test))]
fn at(seconds: i64) -> Option<SystemTime> {
    let since = std::time::Duration::from_secs(u64::try_from(seconds).ok()?);
    SystemTime::UNIX_EPOCH.checked_add(since)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::HeaderName;

    use super::*;

    fn tag(key: &str, fields: &[(&'static str, &str)], known: KnownState) -> String {
        let headers = fields.iter().map(|(name, value)| {
            let value = HeaderValue::from_str(value).unwrap();
            (HeaderName::from_static(name), value)
        });
        let request = ConditionalRequest {
            method: Method::GET,
            headers: headers.collect(),
        };
        let known = known.tag(Key::from(key));
        let tag = request.validators(&known).tag.expect("a tag");
        tag.to_str().unwrap().to_owned()
    }

    #[test]
    fn a_tag_is_strong_and_the_same_in_every_process() {
        let tag = tag("post:a:1", &[], KnownState::new());
        assert_eq!(tag, "\"b3294a13fe3ce027948aba7769256ed7\"");
    }

    #[test]
    fn each_text_and_each_variant_has_a_tag_of_its_own() {
        let plain = |key| tag(key, &[], KnownState::new());
        assert_ne!(plain("post:a:1"), plain("post:a:2"));
        let in_language = |language: &str| {
            let known = KnownState::new().varied(&["accept-language"], &[]);
            tag("post", &[("accept-language", language)], known)
        };
        assert_ne!(in_language("de"), in_language("en"));
        assert_eq!(in_language("de"), in_language("de"));
        let absent = KnownState::new().varied(&["accept-language"], &[]);
        assert_ne!(in_language(""), tag("post", &[], absent));
        let two = |name| {
            let known = KnownState::new().varied(&["a", "b"], &[]);
            tag("post", &[(name, "b")], known)
        };
        assert_ne!(two("a"), two("b"));
        let with = |cookie: &str| {
            let known = KnownState::new().varied(&[], &["theme"]);
            tag("post", &[("cookie", cookie)], known)
        };
        assert_ne!(with("theme=dark"), with("theme=light"));
        assert_eq!(with("theme=dark; id=1"), with("theme=dark; id=2"));
    }

    #[test]
    fn a_date_of_before_1970_is_none() {
        assert_eq!(at(-1), None);
        assert_eq!(at(1), Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1)));
    }
}
