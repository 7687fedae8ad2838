//! The parts that the probe offers to a type that reads a list, a tuple, a map or a struct.

use serde::de::value::StrDeserializer;
use serde::de::{DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess};

use super::walk::Stop;

/// What stands in the place of a value.
#[derive(Clone, Copy)]
pub(super) struct Probes<P> {
    /// For the part that is looked at.
    pub(super) look: P,
    /// Makes up a value for any other part.
    pub(super) make: P,
}

/// The parts of a sequence or tuple, up to the one that is looked at.
pub(super) struct ProbedParts<P> {
    probes: Probes<P>,
    wanted: Option<usize>,
    at: usize,
    len: usize,
}

impl<P> ProbedParts<P> {
    pub(super) fn looked_at(probes: Probes<P>, wanted: usize, len: usize) -> Self {
        Self {
            probes,
            wanted: Some(wanted),
            at: 0,
            len,
        }
    }

    pub(super) fn made(probes: Probes<P>, len: usize) -> Self {
        Self {
            probes,
            wanted: None,
            at: 0,
            len,
        }
    }
}

impl<'de, P: Deserializer<'de, Error = Stop> + Copy> SeqAccess<'de> for ProbedParts<P> {
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
            self.probes.look
        } else {
            self.probes.make
        };
        seed.deserialize(probe).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.len - self.at)
    }
}

/// One field of a struct, as if it stood alone: so no field needs a valid value of another.
pub(super) struct ProbedField<P> {
    probe: P,
    name: Option<&'static str>,
}

impl<P> ProbedField<P> {
    pub(super) fn new(probe: P, name: &'static str) -> Self {
        Self {
            probe,
            name: Some(name),
        }
    }
}

impl<'de, P: Deserializer<'de, Error = Stop> + Copy> MapAccess<'de> for ProbedField<P> {
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
pub(super) struct ProbedEntry<P> {
    probes: Probes<P>,
    wanted: usize,
    keyed: bool,
}

impl<P> ProbedEntry<P> {
    pub(super) fn new(probes: Probes<P>, wanted: usize) -> Self {
        Self {
            probes,
            wanted,
            keyed: false,
        }
    }
}

impl<'de, P: Deserializer<'de, Error = Stop> + Copy> MapAccess<'de> for ProbedEntry<P> {
    type Error = Stop;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Stop> {
        if std::mem::replace(&mut self.keyed, true) {
            return Err(Stop);
        }
        let probe = match self.wanted {
            0 => self.probes.look,
            _ => self.probes.make,
        };
        seed.deserialize(probe).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Stop> {
        seed.deserialize(self.probes.look)
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
