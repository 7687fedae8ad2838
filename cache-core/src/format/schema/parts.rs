//! The parts that the probe offers to who reads a list, a tuple, a map or a struct.

use serde::de::value::StrDeserializer;
use serde::de::{DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess};

use super::probe::SchemaProbe;
use super::walk::Stop;

/// The parts of a sequence or tuple, up to the one that is looked at.
pub(super) struct ProbedParts<'w> {
    probe: SchemaProbe<'w>,
    wanted: Option<usize>,
    at: usize,
    len: usize,
}

impl<'w> ProbedParts<'w> {
    pub(super) fn looked_at(probe: SchemaProbe<'w>, wanted: usize, len: usize) -> Self {
        Self {
            probe,
            wanted: Some(wanted),
            at: 0,
            len,
        }
    }

    pub(super) fn made(probe: SchemaProbe<'w>, len: usize) -> Self {
        Self {
            probe,
            wanted: None,
            at: 0,
            len,
        }
    }
}

impl<'de> SeqAccess<'de> for ProbedParts<'_> {
    type Error = Stop;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Stop> {
        if self.at == self.len {
            return Ok(None);
        }
        let looked_at = self.wanted == Some(self.at);
        if self.wanted.is_some_and(|wanted| self.at > wanted) {
            return Err(Stop);
        }
        self.at += 1;
        let probe = if looked_at {
            self.probe
        } else {
            self.probe.made()
        };
        seed.deserialize(probe).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.len - self.at)
    }
}

/// One field of a struct, as if it stood alone: so no field needs a valid value of another.
pub(super) struct ProbedField<'w> {
    probe: SchemaProbe<'w>,
    name: Option<&'static str>,
}

impl<'w> ProbedField<'w> {
    pub(super) fn new(probe: SchemaProbe<'w>, name: &'static str) -> Self {
        Self {
            probe,
            name: Some(name),
        }
    }
}

impl<'de> MapAccess<'de> for ProbedField<'_> {
    type Error = Stop;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Stop> {
        let name: StrDeserializer<'_, Stop> = self.name.take().ok_or(Stop)?.into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Stop> {
        seed.deserialize(self.probe)
    }
}

/// One entry of a map: its key is looked at, or made up and its value looked at.
pub(super) struct ProbedEntry<'w> {
    probe: SchemaProbe<'w>,
    wanted: usize,
    keyed: bool,
}

impl<'w> ProbedEntry<'w> {
    pub(super) fn new(probe: SchemaProbe<'w>, wanted: usize) -> Self {
        Self {
            probe,
            wanted,
            keyed: false,
        }
    }
}

impl<'de> MapAccess<'de> for ProbedEntry<'_> {
    type Error = Stop;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Stop> {
        if std::mem::replace(&mut self.keyed, true) {
            return Err(Stop);
        }
        let probe = match self.wanted {
            0 => self.probe,
            _ => self.probe.made(),
        };
        seed.deserialize(probe).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Stop> {
        seed.deserialize(self.probe)
    }
}

/// A map without entries.
pub(super) struct NoEntries;

impl<'de> MapAccess<'de> for NoEntries {
    type Error = Stop;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, _: K) -> Result<Option<K::Value>, Stop> {
        Ok(None)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, _: T) -> Result<T::Value, Stop> {
        Err(Stop)
    }
}
