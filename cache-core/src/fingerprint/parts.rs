//! The parts that the probe offers to who reads a list, a tuple, a map or a struct.

use serde::de::value::StrDeserializer;
use serde::de::{DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess};

use super::probe::Probe;
use super::walk::Stop;

/// The parts of a sequence or tuple, up to the one that is looked at.
pub(super) struct Parts<'w> {
    probe: Probe<'w>,
    wanted: Option<usize>,
    at: usize,
    len: usize,
}

impl<'w> Parts<'w> {
    pub(super) fn looked_at(probe: Probe<'w>, wanted: usize, len: usize) -> Self {
        Self {
            probe,
            wanted: Some(wanted),
            at: 0,
            len,
        }
    }

    pub(super) fn made(probe: Probe<'w>, len: usize) -> Self {
        Self {
            probe,
            wanted: None,
            at: 0,
            len,
        }
    }
}

impl<'de> SeqAccess<'de> for Parts<'_> {
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
pub(super) struct Field<'w> {
    probe: Probe<'w>,
    name: Option<&'static str>,
}

impl<'w> Field<'w> {
    pub(super) fn new(probe: Probe<'w>, name: &'static str) -> Self {
        Self {
            probe,
            name: Some(name),
        }
    }
}

impl<'de> MapAccess<'de> for Field<'_> {
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
pub(super) struct Pair<'w> {
    probe: Probe<'w>,
    wanted: usize,
    keyed: bool,
}

impl<'w> Pair<'w> {
    pub(super) fn new(probe: Probe<'w>, wanted: usize) -> Self {
        Self {
            probe,
            wanted,
            keyed: false,
        }
    }
}

impl<'de> MapAccess<'de> for Pair<'_> {
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
pub(super) struct Nothing;

impl<'de> MapAccess<'de> for Nothing {
    type Error = Stop;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, _: K) -> Result<Option<K::Value>, Stop> {
        Ok(None)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, _: T) -> Result<T::Value, Stop> {
        Err(Stop)
    }
}
