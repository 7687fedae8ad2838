//! Lists, maps and structs while they are written under guard.

use serde::ser::{
    Error, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant,
    SerializeTuple, SerializeTupleStruct, SerializeTupleVariant,
};

use super::guard::{CodecGuard, GuardFault};
use super::under_guard::UnderGuard;

/// What has parts, while they are written.
pub(super) struct GuardedParts<'g, 'n, P> {
    inner: P,
    guard: &'g CodecGuard<'n>,
    written: usize,
    /// The names that must be written, where the bytes do not hold them.
    names: Option<&'static [&'static str]>,
}

impl<'g, 'n, P> GuardedParts<'g, 'n, P> {
    pub(super) fn new(inner: P, guard: &'g CodecGuard<'n>) -> Self {
        Self::named(inner, guard, None)
    }

    pub(super) fn named(
        inner: P,
        guard: &'g CodecGuard<'n>,
        names: Option<&'static [&'static str]>,
    ) -> Self {
        Self {
            inner,
            guard,
            written: 0,
            names,
        }
    }

    fn part<V>(&mut self, value: V) -> UnderGuard<'g, 'n, V> {
        self.written += 1;
        UnderGuard::new(value, self.guard)
    }

    fn field<E: Error>(&self, name: &'static str) -> Result<(), E> {
        match self.names {
            Some(names) if names.get(self.written) != Some(&name) => {
                Err(refuse(self.guard.needs_names()))
            }
            _ => Ok(()),
        }
    }

    /// A field is left out: the reader of bytes without names would take the next one for it.
    fn skip<E: Error>(&self) -> Result<(), E> {
        if self.guard.is_positional() {
            return Err(refuse(self.guard.needs_names()));
        }
        Ok(())
    }

    fn end<E: Error>(&self) -> Result<(), E> {
        if self.names.is_some_and(|names| names.len() != self.written) {
            return Err(refuse(self.guard.needs_names()));
        }
        self.guard.end(self.written);
        Ok(())
    }
}

impl<P: SerializeSeq> SerializeSeq for GuardedParts<'_, '_, P> {
    type Ok = P::Ok;
    type Error = P::Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), P::Error> {
        self.guard.written();
        let part = self.part(value);
        self.inner.serialize_element(&part)
    }

    fn end(self) -> Result<P::Ok, P::Error> {
        GuardedParts::end(&self)?;
        self.inner.end()
    }
}

impl<P: SerializeMap> SerializeMap for GuardedParts<'_, '_, P> {
    type Ok = P::Ok;
    type Error = P::Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), P::Error> {
        self.guard.written();
        let part = self.part(key);
        self.inner.serialize_key(&part)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), P::Error> {
        let part = UnderGuard::new(value, self.guard);
        self.inner.serialize_value(&part)
    }

    fn end(self) -> Result<P::Ok, P::Error> {
        GuardedParts::end(&self)?;
        self.inner.end()
    }
}

impl<P: SerializeTuple> SerializeTuple for GuardedParts<'_, '_, P> {
    type Ok = P::Ok;
    type Error = P::Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), P::Error> {
        let part = self.part(value);
        self.inner.serialize_element(&part)
    }

    fn end(self) -> Result<P::Ok, P::Error> {
        GuardedParts::end(&self)?;
        self.inner.end()
    }
}

macro_rules! tuples {
    ($($trait:ident)*) => {$(
        impl<P: $trait> $trait for GuardedParts<'_, '_, P> {
            type Ok = P::Ok;
            type Error = P::Error;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), P::Error> {
                let part = self.part(value);
                self.inner.serialize_field(&part)
            }

            fn end(self) -> Result<P::Ok, P::Error> {
                GuardedParts::end(&self)?;
                self.inner.end()
            }
        }
    )*};
}

tuples!(SerializeTupleStruct SerializeTupleVariant);

macro_rules! structs {
    ($($trait:ident)*) => {$(
        impl<P: $trait> $trait for GuardedParts<'_, '_, P> {
            type Ok = P::Ok;
            type Error = P::Error;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), P::Error> {
                self.field(name)?;
                let part = self.part(value);
                self.inner.serialize_field(name, &part)
            }

            fn skip_field(&mut self, name: &'static str) -> Result<(), P::Error> {
                self.skip()?;
                self.inner.skip_field(name)
            }

            fn end(self) -> Result<P::Ok, P::Error> {
                GuardedParts::end(&self)?;
                self.inner.end()
            }
        }
    )*};
}

structs!(SerializeStruct SerializeStructVariant);

pub(super) fn refuse<E: Error>(fault: GuardFault) -> E {
    E::custom(fault.text())
}
