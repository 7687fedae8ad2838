//! Writing a value under a guard.

use serde::ser::{Serialize, Serializer};

use super::guard::TraceKind;
use super::parts::{GuardedParts, refuse};
use super::under_guard::UnderGuard;
use crate::format::schema::NamesOwner;

impl<T: Serialize> Serialize for UnderGuard<'_, '_, T> {
    fn serialize<S: Serializer>(&self, inner: S) -> Result<S::Ok, S::Error> {
        let _level = self.guard.enter().map_err(refuse)?;
        self.inner.serialize(UnderGuard::new(inner, self.guard))
    }
}

impl<S: Serializer> UnderGuard<'_, '_, S> {
    /// Whether the bytes may name a variant by its place.
    fn variant(
        &self,
        name: &'static str,
        index: u32,
        variant: &'static str,
    ) -> Result<(), S::Error> {
        let list = self.guard.list(NamesOwner::Enum(name)).map_err(refuse)?;
        if let Some(list) = list
            && list.get(index as usize) != Some(&variant)
        {
            return Err(refuse(self.guard.needs_names()));
        }
        Ok(())
    }

    /// Whether the bytes can do without the number of parts, which is not known yet.
    fn known(&self, parts: Option<usize>) -> Result<(), S::Error> {
        if parts.is_none() && self.guard.is_positional() {
            return Err(refuse(self.guard.needs_names()));
        }
        Ok(())
    }
}

macro_rules! leaves {
    ($($method:ident, $type:ty, $kind:ident;)*) => {$(
        fn $method(self, value: $type) -> Result<S::Ok, S::Error> {
            self.guard.note(TraceKind::$kind);
            self.inner.$method(value)
        }
    )*};
}

impl<'g, 'n, S: Serializer> Serializer for UnderGuard<'g, 'n, S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = GuardedParts<'g, 'n, S::SerializeSeq>;
    type SerializeTuple = GuardedParts<'g, 'n, S::SerializeTuple>;
    type SerializeTupleStruct = GuardedParts<'g, 'n, S::SerializeTupleStruct>;
    type SerializeTupleVariant = GuardedParts<'g, 'n, S::SerializeTupleVariant>;
    type SerializeMap = GuardedParts<'g, 'n, S::SerializeMap>;
    type SerializeStruct = GuardedParts<'g, 'n, S::SerializeStruct>;
    type SerializeStructVariant = GuardedParts<'g, 'n, S::SerializeStructVariant>;

    leaves! {
        serialize_bool, bool, Bool;
        serialize_i8, i8, I8;
        serialize_i16, i16, I16;
        serialize_i32, i32, I32;
        serialize_i64, i64, I64;
        serialize_i128, i128, I128;
        serialize_u8, u8, U8;
        serialize_u16, u16, U16;
        serialize_u32, u32, U32;
        serialize_u64, u64, U64;
        serialize_u128, u128, U128;
        serialize_f32, f32, F32;
        serialize_f64, f64, F64;
        serialize_char, char, Char;
        serialize_str, &str, Str;
        serialize_bytes, &[u8], Bytes;
        serialize_unit_struct, &'static str, Unit;
    }

    fn serialize_none(self) -> Result<S::Ok, S::Error> {
        self.guard.note(TraceKind::None);
        self.inner.serialize_none()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.guard.note(TraceKind::Some);
        let value = UnderGuard::new(value, self.guard);
        self.inner.serialize_some(&value)
    }

    fn serialize_unit(self) -> Result<S::Ok, S::Error> {
        self.guard.note(TraceKind::Unit);
        self.inner.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
    ) -> Result<S::Ok, S::Error> {
        self.variant(name, index, variant)?;
        self.guard.note(TraceKind::UnitVariant);
        self.inner.serialize_unit_variant(name, index, variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        let value = UnderGuard::new(value, self.guard);
        self.inner.serialize_newtype_struct(name, &value)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        self.variant(name, index, variant)?;
        self.guard.note(TraceKind::NewtypeVariant);
        let value = UnderGuard::new(value, self.guard);
        self.inner
            .serialize_newtype_variant(name, index, variant, &value)
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<Self::SerializeSeq, S::Error> {
        self.known(len)?;
        self.guard.note(TraceKind::Seq);
        Ok(GuardedParts::new(
            self.inner.serialize_seq(len)?,
            self.guard,
        ))
    }

    fn serialize_tuple(self, len: usize) -> Result<Self::SerializeTuple, S::Error> {
        self.guard.note(TraceKind::Tuple);
        Ok(GuardedParts::new(
            self.inner.serialize_tuple(len)?,
            self.guard,
        ))
    }

    fn serialize_tuple_struct(
        self,
        name: &'static str,
        len: usize,
    ) -> Result<Self::SerializeTupleStruct, S::Error> {
        self.guard.note(TraceKind::Tuple);
        let inner = self.inner.serialize_tuple_struct(name, len)?;
        Ok(GuardedParts::new(inner, self.guard))
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Self::SerializeTupleVariant, S::Error> {
        self.variant(name, index, variant)?;
        self.guard.note(TraceKind::TupleVariant);
        let inner = self
            .inner
            .serialize_tuple_variant(name, index, variant, len)?;
        Ok(GuardedParts::new(inner, self.guard))
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Self::SerializeMap, S::Error> {
        self.known(len)?;
        self.guard.note(TraceKind::Map);
        Ok(GuardedParts::new(
            self.inner.serialize_map(len)?,
            self.guard,
        ))
    }

    fn serialize_struct(
        self,
        name: &'static str,
        len: usize,
    ) -> Result<Self::SerializeStruct, S::Error> {
        let names = self.guard.list(NamesOwner::Struct(name)).map_err(refuse)?;
        self.guard.note(TraceKind::Struct);
        let inner = self.inner.serialize_struct(name, len)?;
        Ok(GuardedParts::named(inner, self.guard, names))
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Self::SerializeStructVariant, S::Error> {
        self.variant(name, index, variant)?;
        let owner = NamesOwner::Variant(name, variant);
        let names = self.guard.list(owner).map_err(refuse)?;
        self.guard.note(TraceKind::StructVariant);
        let inner = self
            .inner
            .serialize_struct_variant(name, index, variant, len)?;
        Ok(GuardedParts::named(inner, self.guard, names))
    }

    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}
