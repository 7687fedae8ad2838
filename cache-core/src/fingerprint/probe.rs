//! The deserialiser that asks back: what would you read here?

use serde::de::value::StrDeserializer;
use serde::de::{DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor};

use super::Owner;
use super::variant::{Made, Offered};
use super::walk::{DEPTH, Kind, Place, Stop, Walk};

/// Plays the bytes of one value.
#[derive(Clone, Copy)]
pub(super) struct Probe<'w> {
    pub(super) walk: &'w Walk,
    /// `None`: look what is asked for. Otherwise make up a value.
    making: Option<Nest>,
}

/// Where a made-up value stands inside of made-up ones.
#[derive(Clone, Copy, Default)]
struct Nest {
    depth: usize,
    /// How many of those around it are enums.
    enums: usize,
}

impl<'w> Probe<'w> {
    pub(super) fn new(walk: &'w Walk) -> Self {
        Self { walk, making: None }
    }

    /// A probe that makes up a value in the place of what is not looked at.
    pub(super) fn made(self) -> Self {
        let nest = self.making.map_or(Nest::default(), |nest| Nest {
            depth: nest.depth + 1,
            ..nest
        });
        Self {
            making: Some(nest),
            ..self
        }
    }

    /// Where to make up a value, if one is wanted; an error when it goes too deep or has gone on for too long.
    fn making(self) -> Result<Option<Nest>, Stop> {
        match self.making {
            Some(nest) if nest.depth == DEPTH => Err(Stop),
            Some(nest) => self.walk.step().map(|()| Some(nest)),
            None => Ok(None),
        }
    }
}

macro_rules! leaves {
    ($($method:ident, $kind:ident, $visit:ident, $made:expr;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
            match self.making()? {
                Some(_) => visitor.$visit($made),
                None => Err(self.walk.leaf(Kind::$kind)),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for Probe<'_> {
    type Error = Stop;

    // One, and not zero: what refuses a number mostly refuses zero. The same of the empty text.
    leaves! {
        deserialize_bool, Bool, visit_bool, true;
        deserialize_i8, I8, visit_i8, 1;
        deserialize_i16, I16, visit_i16, 1;
        deserialize_i32, I32, visit_i32, 1;
        deserialize_i64, I64, visit_i64, 1;
        deserialize_i128, I128, visit_i128, 1;
        deserialize_u8, U8, visit_u8, 1;
        deserialize_u16, U16, visit_u16, 1;
        deserialize_u32, U32, visit_u32, 1;
        deserialize_u64, U64, visit_u64, 1;
        deserialize_u128, U128, visit_u128, 1;
        deserialize_f32, F32, visit_f32, 1.0;
        deserialize_f64, F64, visit_f64, 1.0;
        deserialize_char, Char, visit_char, 'a';
        deserialize_str, Str, visit_str, "a";
        deserialize_string, Str, visit_str, "a";
        deserialize_bytes, Bytes, visit_bytes, b"a";
        deserialize_byte_buf, Bytes, visit_bytes, b"a";
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Stop> {
        Err(self.walk.opaque())
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Stop> {
        Err(self.walk.opaque())
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Stop> {
        Err(self.walk.opaque())
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        match self.making()? {
            Some(_) => visitor.visit_unit(),
            None => Err(self.walk.leaf(Kind::Unit)),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Stop> {
        if self.making()?.is_some() {
            return visitor.visit_unit();
        }
        let place = Place::of::<V, V::Value>(Kind::Unit, name, &[], 0);
        self.walk.enter(place).and(Err(Stop))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        if self.making()?.is_some() {
            return visitor.visit_none();
        }
        let place = Place::of::<V, V::Value>(Kind::Option, "", &[], 1);
        self.walk.enter(place)?;
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Stop> {
        if self.making()?.is_some() {
            return visitor.visit_newtype_struct(self.made());
        }
        let place = Place::of::<V, V::Value>(Kind::Newtype, name, &[], 1);
        self.walk.enter(place)?;
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        if self.making()?.is_some() {
            return visitor.visit_seq(Parts::made(self, 0));
        }
        let place = Place::of::<V, V::Value>(Kind::Seq, "", &[], 1);
        let wanted = self.walk.enter(place)?;
        visitor.visit_seq(Parts::looked_at(self, wanted, 1))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Stop> {
        self.deserialize_tuple_struct("", len, visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, Stop> {
        if self.making()?.is_some() {
            return visitor.visit_seq(Parts::made(self, len));
        }
        let place = Place::of::<V, V::Value>(Kind::Tuple, name, &[], len);
        let wanted = self.walk.enter(place)?;
        visitor.visit_seq(Parts::looked_at(self, wanted, len))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        if self.making()?.is_some() {
            return visitor.visit_map(Nothing);
        }
        let place = Place::of::<V, V::Value>(Kind::Map, "", &[], 2);
        let wanted = self.walk.enter(place)?;
        visitor.visit_map(Pair {
            probe: self,
            wanted,
            keyed: false,
        })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Stop> {
        if self.making()?.is_some() {
            return visitor.visit_seq(Parts::made(self, fields.len()));
        }
        self.walk
            .names(|names| names.learn(Owner::Struct(name), fields));
        let place = Place::of::<V, V::Value>(Kind::Struct, name, fields, fields.len());
        let wanted = self.walk.enter(place)?;
        visitor.visit_map(Field::new(self, fields[wanted]))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Stop> {
        if let Some(nest) = self.making()? {
            // Inside of a value that contains itself, another variant than the one that got here is the way out.
            let index = nest.enums.checked_rem(variants.len()).ok_or(Stop)?;
            let inner = Nest {
                depth: nest.depth + 1,
                enums: nest.enums + 1,
            };
            return visitor.visit_enum(Made {
                probe: Self {
                    making: Some(inner),
                    ..self
                },
                variant: variants[index],
            });
        }
        self.walk
            .names(|names| names.learn(Owner::Enum(name), variants));
        // The last part is no variant: there the walk asks whether places in the list are what the type reads by.
        let parts = match variants.len() {
            0 => 0,
            len => len + 1,
        };
        let place = Place::of::<V, V::Value>(Kind::Enum, name, variants, parts);
        let wanted = self.walk.enter(place)?;
        visitor.visit_enum(Offered {
            probe: self,
            name,
            variants,
            wanted,
        })
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}

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
struct Pair<'w> {
    probe: Probe<'w>,
    wanted: usize,
    keyed: bool,
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
struct Nothing;

impl<'de> MapAccess<'de> for Nothing {
    type Error = Stop;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, _: K) -> Result<Option<K::Value>, Stop> {
        Ok(None)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, _: T) -> Result<T::Value, Stop> {
        Err(Stop)
    }
}
