//! The parameters of a path, as a router matched them.

use std::fmt;
use std::str::from_utf8;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

use super::fields::{FieldReader, FieldWriter};

/// The parameters of a path, written as the first part of a request's key, so that a hit allocates nothing for them.
///
/// The path does not decide them: a middleware may rewrite it between the router that noted the client's target and the router that
/// matches.
#[derive(Clone, Debug)]
pub(crate) struct Parameters(FieldWriter);

const KNOWN: u8 = b'P';
const UNKNOWN: u8 = b'-';

impl Parameters {
    /// No router has matched the path.
    pub(crate) fn unknown() -> Self {
        let mut out = FieldWriter::new();
        out.tag(UNKNOWN);
        Self(out)
    }

    /// These names and values.
    #[cfg(any(feature = "actix", test))]
    pub(crate) fn of<'p>(pairs: impl IntoIterator<Item = (&'p str, &'p str)>) -> Self {
        let mut out = FieldWriter::new();
        out.tag(KNOWN);
        for (name, value) in pairs {
            out.member(name.as_bytes());
            out.member(value.as_bytes());
        }
        out.end();
        Self(out)
    }

    /// The beginning of a key.
    pub(crate) fn into_writer(self) -> FieldWriter {
        self.0
    }

    /// Names and values as they were written behind `tag`; `None` where no router has matched the path.
    pub(super) fn read<'a>(tag: u8, read: &mut FieldReader<'a>) -> Option<Vec<(&'a str, &'a str)>> {
        let list = (tag == KNOWN).then(|| read.list()).flatten()?;
        let pairs = list.chunks_exact(2);
        pairs
            .map(|pair| Some((from_utf8(pair[0]).ok()?, from_utf8(pair[1]).ok()?)))
            .collect()
    }

    /// Reads past what was written behind `tag`; `None` where the bytes are not of its making.
    pub(super) fn skip(tag: u8, read: &mut FieldReader<'_>) -> Option<()> {
        match tag {
            KNOWN => read.list().map(drop),
            UNKNOWN => Some(()),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for Parameters {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Pairs)
    }
}

/// Reads names and values, and writes them one after another.
struct Pairs;

impl<'de> Visitor<'de> for Pairs {
    type Value = Parameters;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the parameters of a path")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Parameters, A::Error> {
        let mut out = FieldWriter::new();
        out.tag(KNOWN);
        while map.next_key_seed(ParameterPart(&mut out))?.is_some() {
            map.next_value_seed(ParameterPart(&mut out))?;
        }
        out.end();
        Ok(Parameters(out))
    }
}

/// One name or value.
struct ParameterPart<'w>(&'w mut FieldWriter);

impl<'de> serde::de::DeserializeSeed<'de> for ParameterPart<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for ParameterPart<'_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("text")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.0.member(text.as_bytes());
        Ok(())
    }
}
