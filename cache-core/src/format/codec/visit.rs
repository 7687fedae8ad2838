//! The type's side of reading under a guard: what has parts is counted part by part.

use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, VariantAccess, Visitor,
};

use super::guard::{CodecGuard, GuardFault, TraceKind};
use super::under_guard::UnderGuard;

pub(super) struct GuardedVisitor<'g, 'n, V> {
    inner: V,
    guard: &'g CodecGuard<'n>,
    /// The type fixes the number of parts, and the bytes announce none.
    fixed: bool,
}

impl<'g, 'n, V> GuardedVisitor<'g, 'n, V> {
    pub(super) fn new(inner: V, guard: &'g CodecGuard<'n>) -> Self {
        Self {
            inner,
            guard,
            fixed: false,
        }
    }

    /// For a tuple or struct.
    pub(super) fn fixed(inner: V, guard: &'g CodecGuard<'n>) -> Self {
        Self {
            inner,
            guard,
            fixed: true,
        }
    }
}

macro_rules! passed {
    ($($method:ident, $type:ty;)*) => {$(
        fn $method<E: Error>(self, value: $type) -> Result<V::Value, E> {
            self.inner.$method(value)
        }
    )*};
}

impl<'de, V: Visitor<'de>> Visitor<'de> for GuardedVisitor<'_, '_, V> {
    type Value = V::Value;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.expecting(out)
    }

    passed! {
        visit_bool, bool;
        visit_i8, i8;
        visit_i16, i16;
        visit_i32, i32;
        visit_i64, i64;
        visit_i128, i128;
        visit_u8, u8;
        visit_u16, u16;
        visit_u32, u32;
        visit_u64, u64;
        visit_u128, u128;
        visit_f32, f32;
        visit_f64, f64;
        visit_char, char;
        visit_str, &str;
        visit_borrowed_str, &'de str;
        visit_string, String;
        visit_bytes, &[u8];
        visit_borrowed_bytes, &'de [u8];
        visit_byte_buf, Vec<u8>;
    }

    fn visit_none<E: Error>(self) -> Result<V::Value, E> {
        self.guard.note(TraceKind::None);
        self.inner.visit_none()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        self.guard.note(TraceKind::Some);
        let _level = self.guard.enter().map_err(refuse)?;
        self.inner
            .visit_some(UnderGuard::new(deserializer, self.guard))
    }

    fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
        self.inner.visit_unit()
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<V::Value, D::Error> {
        let _level = self.guard.enter().map_err(refuse)?;
        let deserializer = UnderGuard::new(deserializer, self.guard);
        self.inner.visit_newtype_struct(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        let mut read = 0;
        let value = self.inner.visit_seq(GuardedAccess {
            inner,
            guard: self.guard,
            counted: !self.fixed,
            read: &mut read,
        })?;
        self.guard.end(read);
        Ok(value)
    }

    fn visit_map<A: MapAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        let mut read = 0;
        let value = self.inner.visit_map(GuardedAccess {
            inner,
            guard: self.guard,
            counted: !self.fixed,
            read: &mut read,
        })?;
        self.guard.end(read);
        Ok(value)
    }

    fn visit_enum<A: EnumAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        self.inner.visit_enum(UnderGuard::new(inner, self.guard))
    }
}

/// The parts of a list, map or struct, each counted as it is read.
struct GuardedAccess<'g, 'n, A> {
    inner: A,
    guard: &'g CodecGuard<'n>,
    counted: bool,
    read: &'g mut usize,
}

impl<A> GuardedAccess<'_, '_, A> {
    fn count<T, E: Error>(&mut self, part: Option<T>) -> Result<Option<T>, E> {
        if part.is_some() {
            *self.read += 1;
            if self.counted {
                self.guard.element().map_err(refuse)?;
            }
        }
        Ok(part)
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for GuardedAccess<'_, '_, A> {
    type Error = A::Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, A::Error> {
        let part = self
            .inner
            .next_element_seed(UnderGuard::new(seed, self.guard))?;
        self.count(part)
    }

    fn size_hint(&self) -> Option<usize> {
        self.guard.room(self.inner.size_hint())
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for GuardedAccess<'_, '_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        let key = self
            .inner
            .next_key_seed(UnderGuard::new(seed, self.guard))?;
        self.count(key)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, A::Error> {
        self.inner
            .next_value_seed(UnderGuard::new(seed, self.guard))
    }

    fn size_hint(&self) -> Option<usize> {
        self.guard.room(self.inner.size_hint())
    }
}

impl<'g, 'n, 'de, A: EnumAccess<'de>> EnumAccess<'de> for UnderGuard<'g, 'n, A> {
    type Error = A::Error;
    type Variant = UnderGuard<'g, 'n, A::Variant>;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Self::Variant), A::Error> {
        let (variant, inner) = self.inner.variant_seed(seed)?;
        Ok((variant, UnderGuard::new(inner, self.guard)))
    }
}

impl<'de, A: VariantAccess<'de>> VariantAccess<'de> for UnderGuard<'_, '_, A> {
    type Error = A::Error;

    fn unit_variant(self) -> Result<(), A::Error> {
        self.guard.note(TraceKind::UnitVariant);
        self.inner.unit_variant()
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, A::Error> {
        self.guard.note(TraceKind::NewtypeVariant);
        self.inner
            .newtype_variant_seed(UnderGuard::new(seed, self.guard))
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, A::Error> {
        self.guard.note(TraceKind::TupleVariant);
        let visitor = GuardedVisitor::fixed(visitor, self.guard);
        self.inner.tuple_variant(len, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        self.guard.note(TraceKind::StructVariant);
        let visitor = GuardedVisitor::fixed(visitor, self.guard);
        self.inner.struct_variant(fields, visitor)
    }
}

pub(super) fn refuse<E: Error>(fault: GuardFault) -> E {
    E::custom(fault.text())
}
