//! The probe's enums: one variant at a time.

use serde::de::value::{StrDeserializer, U32Deserializer};
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, VariantAccess, Visitor,
};

use super::NamesOwner;
use super::parts::{ProbedField, ProbedParts, Probes};
use super::walk::{NodeKind, SchemaNode, SchemaWalk, Stop};

/// The variant that a walk looks at.
pub(super) struct ProbedVariant<'w, P> {
    pub(super) walk: &'w SchemaWalk,
    pub(super) probes: Probes<P>,
    pub(super) name: &'static str,
    pub(super) variants: &'static [&'static str],
    pub(super) wanted: usize,
}

impl<P> ProbedVariant<'_, P> {
    /// Whether the list is what the type reads by: then its last place is one, and it has no name twice (an alias
    /// stands in the list, and moves what follows it).
    fn ask_for_places<'de, V: DeserializeSeed<'de>>(self, seed: V) -> Stop {
        let last = u32::try_from(self.variants.len() - 1).unwrap_or(u32::MAX);
        let last: U32Deserializer<Stop> = last.into_deserializer();
        if seed.deserialize(last).is_err() {
            let owner = NamesOwner::Enum(self.name);
            self.walk.names(|names| names.forget(owner));
        }
        self.walk.leaf(NodeKind::End)
    }

    fn enter(
        &self,
        kind: NodeKind,
        labels: &'static [&'static str],
        parts: usize,
    ) -> Result<usize, Stop> {
        self.walk.enter(SchemaNode {
            kind,
            name: self.variants[self.wanted],
            labels,
            parts,
            identity: None,
        })
    }
}

impl<'de, P: Deserializer<'de, Error = Stop> + Copy> EnumAccess<'de> for ProbedVariant<'_, P> {
    type Error = Stop;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Stop> {
        let Some(variant) = self.variants.get(self.wanted) else {
            return Err(self.ask_for_places(seed));
        };
        let variant: StrDeserializer<'_, Stop> = variant.into_deserializer();
        Ok((seed.deserialize(variant)?, self))
    }
}

impl<'de, P: Deserializer<'de, Error = Stop> + Copy> VariantAccess<'de> for ProbedVariant<'_, P> {
    type Error = Stop;

    fn unit_variant(self) -> Result<(), Stop> {
        self.enter(NodeKind::UnitVariant, &[], 0).and(Err(Stop))
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Stop> {
        self.enter(NodeKind::NewtypeVariant, &[], 1)?;
        seed.deserialize(self.probes.look)
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Stop> {
        let wanted = self.enter(NodeKind::TupleVariant, &[], len)?;
        visitor.visit_seq(ProbedParts::looked_at(self.probes, wanted, len))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Stop> {
        let owner = NamesOwner::Variant(self.name, self.variants[self.wanted]);
        self.walk.names(|names| names.learn(owner, fields));
        let wanted = self.enter(NodeKind::StructVariant, fields, fields.len())?;
        visitor.visit_map(ProbedField::new(self.probes.look, fields[wanted]))
    }
}

/// A variant inside of a made-up value.
pub(super) struct MadeUpVariant<P> {
    pub(super) probes: Probes<P>,
    pub(super) variant: &'static str,
}

impl<'de, P: Deserializer<'de, Error = Stop> + Copy> EnumAccess<'de> for MadeUpVariant<P> {
    type Error = Stop;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Stop> {
        let variant: StrDeserializer<'_, Stop> = self.variant.into_deserializer();
        Ok((seed.deserialize(variant)?, self))
    }
}

impl<'de, P: Deserializer<'de, Error = Stop> + Copy> VariantAccess<'de> for MadeUpVariant<P> {
    type Error = Stop;

    fn unit_variant(self) -> Result<(), Stop> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Stop> {
        seed.deserialize(self.probes.look)
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Stop> {
        visitor.visit_seq(ProbedParts::made(self.probes, len))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Stop> {
        visitor.visit_seq(ProbedParts::made(self.probes, fields.len()))
    }
}
