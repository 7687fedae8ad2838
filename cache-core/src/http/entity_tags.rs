//! Entity tags, and the lists of them that clients send (RFC 9110, sections 8.8.3 and 13.1).

use http::HeaderValue;

/// An entity tag.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EntityTag<'a> {
    is_weak: bool,
    /// With its quotes.
    opaque: &'a [u8],
}

impl<'a> EntityTag<'a> {
    /// A field that is one tag and nothing else.
    pub(crate) fn of(value: &'a HeaderValue) -> Option<Self> {
        let (tag, rest) = Self::first(value.as_bytes())?;
        rest.is_empty().then_some(tag)
    }

    /// The tag at the beginning of a text, and what follows it. A backslash escapes nothing in a tag.
    fn first(text: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let opaque = text.strip_prefix(b"W/").unwrap_or(text);
        let inside = opaque.strip_prefix(b"\"")?;
        let end = inside.iter().position(|byte| *byte == b'"')?;
        let tag = Self {
            is_weak: opaque.len() != text.len(),
            opaque: &opaque[..end + 2],
        };
        Some((tag, &opaque[end + 2..]))
    }

    /// Whether two tags are the same (section 8.8.3.2).
    pub(crate) fn is(self, other: EntityTag<'_>, comparison: Comparison) -> bool {
        let may_be = match comparison {
            Comparison::Strong => !self.is_weak && !other.is_weak,
            Comparison::Weak => true,
        };
        may_be && self.opaque == other.opaque
    }
}

/// How tags are compared.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Comparison {
    /// Both must be strong.
    Strong,
    /// What says that one is weak does not count.
    Weak,
}

/// What one line of `If-Match` or `If-None-Match` names.
#[derive(Debug)]
pub(crate) enum NamedTags<'a> {
    /// `*`.
    Any,
    /// Some tags, up to the first member that is none: what follows garbage is not read.
    These(TagList<'a>),
}

impl<'a> NamedTags<'a> {
    /// Reads a line.
    pub(crate) fn of(line: &'a HeaderValue) -> Self {
        match line.as_bytes().trim_ascii() {
            b"*" => Self::Any,
            rest => Self::These(TagList(rest)),
        }
    }
}

/// The tags of a line, in order.
#[derive(Debug)]
pub(crate) struct TagList<'a>(&'a [u8]);

impl<'a> Iterator for TagList<'a> {
    type Item = EntityTag<'a>;

    fn next(&mut self) -> Option<EntityTag<'a>> {
        let (tag, rest) = EntityTag::first(std::mem::take(&mut self.0))?;
        if let Some((b',', more)) = rest.trim_ascii_start().split_first() {
            self.0 = more.trim_ascii_start();
        }
        Some(tag)
    }
}
