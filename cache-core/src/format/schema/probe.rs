//! The deserialiser that asks back: what would you read here?

use serde::de::{Deserializer, Visitor};

use super::NamesOwner;
use super::parts::{NoEntries, ProbedEntry, ProbedField, ProbedParts, Probes};
use super::variant::{MadeUpVariant, ProbedVariant};
use super::walk::{DEPTH, NodeKind, SchemaNode, SchemaWalk, Stop};

/// Plays the bytes of one value.
#[derive(Clone, Copy)]
pub(super) struct SchemaProbe<'w> {
    walk: &'w SchemaWalk,
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

impl<'w> SchemaProbe<'w> {
    pub(super) fn new(walk: &'w SchemaWalk) -> Self {
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

    fn with_made(self) -> Probes<Self> {
        Probes {
            look: self,
            make: self.made(),
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
                None => Err(self.walk.leaf(NodeKind::$kind)),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for SchemaProbe<'_> {
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
            None => Err(self.walk.leaf(NodeKind::Unit)),
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
        let place = SchemaNode::of::<V, V::Value>(NodeKind::Unit, name, &[], 0);
        self.walk.enter(place).and(Err(Stop))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        if self.making()?.is_some() {
            return visitor.visit_none();
        }
        let place = SchemaNode::of::<V, V::Value>(NodeKind::Option, "", &[], 1);
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
        let place = SchemaNode::of::<V, V::Value>(NodeKind::Newtype, name, &[], 1);
        self.walk.enter(place)?;
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        if self.making()?.is_some() {
            return visitor.visit_seq(ProbedParts::made(self.with_made(), 0));
        }
        let place = SchemaNode::of::<V, V::Value>(NodeKind::Seq, "", &[], 1);
        let wanted = self.walk.enter(place)?;
        visitor.visit_seq(ProbedParts::looked_at(self.with_made(), wanted, 1))
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
            return visitor.visit_seq(ProbedParts::made(self.with_made(), len));
        }
        let place = SchemaNode::of::<V, V::Value>(NodeKind::Tuple, name, &[], len);
        let wanted = self.walk.enter(place)?;
        visitor.visit_seq(ProbedParts::looked_at(self.with_made(), wanted, len))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        if self.making()?.is_some() {
            return visitor.visit_map(NoEntries);
        }
        let place = SchemaNode::of::<V, V::Value>(NodeKind::Map, "", &[], 2);
        let wanted = self.walk.enter(place)?;
        visitor.visit_map(ProbedEntry::new(self.with_made(), wanted))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Stop> {
        if self.making()?.is_some() {
            return visitor.visit_seq(ProbedParts::made(self.with_made(), fields.len()));
        }
        self.walk
            .names(|names| names.learn(NamesOwner::Struct(name), fields));
        let place = SchemaNode::of::<V, V::Value>(NodeKind::Struct, name, fields, fields.len());
        let wanted = self.walk.enter(place)?;
        visitor.visit_map(ProbedField::new(self, fields[wanted]))
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
            let probe = Self {
                making: Some(inner),
                ..self
            };
            return visitor.visit_enum(MadeUpVariant {
                probes: probe.with_made(),
                variant: variants[index],
            });
        }
        self.walk
            .names(|names| names.learn(NamesOwner::Enum(name), variants));
        // The last part is no variant: there the walk asks whether places in the list are what the type reads by.
        let parts = match variants.len() {
            0 => 0,
            len => len + 1,
        };
        let place = SchemaNode::of::<V, V::Value>(NodeKind::Enum, name, variants, parts);
        let wanted = self.walk.enter(place)?;
        visitor.visit_enum(ProbedVariant {
            walk: self.walk,
            probes: self.with_made(),
            name,
            variants,
            wanted,
        })
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}
