//! Reading a value under a guard.

use serde::de::{DeserializeSeed, Deserializer, Visitor};

use super::guard::TraceKind;
use super::under_guard::UnderGuard;
use super::visit::{GuardedVisitor, refuse};

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for UnderGuard<'_, '_, S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, inner: D) -> Result<S::Value, D::Error> {
        let _level = self.guard.enter().map_err(refuse)?;
        self.inner.deserialize(UnderGuard::new(inner, self.guard))
    }
}

macro_rules! noted {
    ($($method:ident, $inner:ident, $kind:ident;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
            self.guard.note(TraceKind::$kind);
            self.inner.$inner(GuardedVisitor::new(visitor, self.guard))
        }
    )*};
}

/// What the kind is, the bytes or the visitor will say.
macro_rules! passed {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
            self.inner.$method(GuardedVisitor::new(visitor, self.guard))
        }
    )*};
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for UnderGuard<'_, '_, D> {
    type Error = D::Error;

    // Text and bytes that are to be owned are borrowed first: the input must back their length before it is allocated.
    noted! {
        deserialize_bool, deserialize_bool, Bool;
        deserialize_i8, deserialize_i8, I8;
        deserialize_i16, deserialize_i16, I16;
        deserialize_i32, deserialize_i32, I32;
        deserialize_i64, deserialize_i64, I64;
        deserialize_i128, deserialize_i128, I128;
        deserialize_u8, deserialize_u8, U8;
        deserialize_u16, deserialize_u16, U16;
        deserialize_u32, deserialize_u32, U32;
        deserialize_u64, deserialize_u64, U64;
        deserialize_u128, deserialize_u128, U128;
        deserialize_f32, deserialize_f32, F32;
        deserialize_f64, deserialize_f64, F64;
        deserialize_char, deserialize_char, Char;
        deserialize_str, deserialize_str, Str;
        deserialize_string, deserialize_str, Str;
        deserialize_bytes, deserialize_bytes, Bytes;
        deserialize_byte_buf, deserialize_bytes, Bytes;
        deserialize_unit, deserialize_unit, Unit;
        deserialize_seq, deserialize_seq, Seq;
        deserialize_map, deserialize_map, Map;
    }

    passed!(deserialize_any deserialize_ignored_any deserialize_identifier deserialize_option);

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.guard.note(TraceKind::Unit);
        let visitor = GuardedVisitor::new(visitor, self.guard);
        self.inner.deserialize_unit_struct(name, visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        let visitor = GuardedVisitor::new(visitor, self.guard);
        self.inner.deserialize_newtype_struct(name, visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.guard.note(TraceKind::Tuple);
        let visitor = GuardedVisitor::fixed(visitor, self.guard);
        self.inner.deserialize_tuple(len, visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.guard.note(TraceKind::Tuple);
        let visitor = GuardedVisitor::fixed(visitor, self.guard);
        self.inner.deserialize_tuple_struct(name, len, visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.guard.note(TraceKind::Struct);
        let visitor = GuardedVisitor::fixed(visitor, self.guard);
        self.inner.deserialize_struct(name, fields, visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        let visitor = GuardedVisitor::new(visitor, self.guard);
        self.inner.deserialize_enum(name, variants, visitor)
    }

    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}
