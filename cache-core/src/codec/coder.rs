//! Which codec writes the values of a type.

use std::any::{Any, TypeId};
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Bincode, Codec, CodecId, DecodeError, EncodeError, MessagePack};
use crate::fingerprint::Shape;

/// Writes and reads the values of one type, by the codec that suits it: `C` where it can, else [`MessagePack`].
///
/// It is made once for a type, because it probes it. What it has learned of the type's values it keeps.
pub(crate) struct Coder<T, C = Bincode> {
    shape: Shape,
    /// A value has shown, or the probe, that the type needs names.
    named: AtomicBool,
    types: PhantomData<fn() -> (T, C)>,
}

static CODERS: RwLock<BTreeMap<TypeId, &'static (dyn Any + Send + Sync)>> =
    RwLock::new(BTreeMap::new());

/// The coder of a type: made at its first use, kept for as long as the program runs.
pub(crate) fn coder<T: Serialize + DeserializeOwned + 'static>() -> &'static Coder<T> {
    let known = |coders: &BTreeMap<TypeId, &'static (dyn Any + Send + Sync)>| {
        let coder = coders.get(&TypeId::of::<T>()).copied();
        coder.and_then(|coder| coder.downcast_ref::<Coder<T>>())
    };
    let found = known(&CODERS.read().unwrap_or_else(PoisonError::into_inner));
    found.unwrap_or_else(|| {
        // Outside of the lock: the probe runs the type's own code. Two may probe at once; one of them is kept.
        let fresh = Coder::<T>::new();
        let mut coders = CODERS.write().unwrap_or_else(PoisonError::into_inner);
        known(&coders).unwrap_or_else(|| {
            let coder: &'static Coder<T> = Box::leak(Box::new(fresh));
            coders.insert(TypeId::of::<T>(), coder);
            coder
        })
    })
}

impl<T: Serialize + DeserializeOwned, C: Codec> Coder<T, C> {
    /// Probes the type; see [`Shape::of`] for what that costs.
    pub(crate) fn new() -> Self {
        let shape = Shape::of::<T>();
        Self {
            named: AtomicBool::new(!shape.is_whole()),
            shape,
            types: PhantomData,
        }
    }

    /// What the probe learned of the type. Its fingerprint belongs beside the bytes.
    pub(crate) fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Appends the value to `out`, and says which codec wrote it. After an error `out` is as it was.
    ///
    /// # Errors
    ///
    /// If no codec writes the value so that it can be read back as it is.
    pub(crate) fn encode(&self, value: &T, out: &mut Vec<u8>) -> Result<CodecId, EncodeError> {
        let start = out.len();
        let written = self.encode_after(start, value, out);
        if written.is_err() {
            out.truncate(start);
        }
        written
    }

    fn encode_after(
        &self,
        start: usize,
        value: &T,
        out: &mut Vec<u8>,
    ) -> Result<CodecId, EncodeError> {
        if !self.named.load(Ordering::Relaxed) {
            match C::encode(value, &self.shape, out) {
                Err(EncodeError::NeedsNames) => self.named.store(true, Ordering::Relaxed),
                done => return done.map(|()| C::ID),
            }
            out.truncate(start);
        }
        MessagePack::encode(value, &self.shape, out)?;
        Ok(MessagePack::ID)
    }

    /// The value that these bytes hold, which the codec `id` wrote.
    ///
    /// # Errors
    ///
    /// If the codec is not known, or does not write this type, or the bytes are not one whole `T`, and nothing else.
    pub(crate) fn decode(&self, id: CodecId, bytes: &[u8]) -> Result<T, DecodeError> {
        if id == C::ID && self.shape.is_whole() {
            C::decode(bytes)
        } else if id == MessagePack::ID {
            MessagePack::decode(bytes)
        } else {
            Err(DecodeError::UnknownCodec(id))
        }
    }
}

impl<T: Serialize + DeserializeOwned, C: Codec> Default for Coder<T, C> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T, C> fmt::Debug for Coder<T, C> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Coder")
            .field("shape", &self.shape)
            .field("named", &self.named)
            .finish_non_exhaustive()
    }
}
