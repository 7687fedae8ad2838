//! Which codec writes the values of a type.

use std::any::{Any, TypeId, type_name};
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Bincode, Codec, CodecId, DecodeError, EncodeError, MessagePack};
use crate::format::schema::{Fingerprint, Schema};
use crate::sync::Mutex;

/// Writes and reads the values of one type, by the codec that suits it: `C` where it can, else [`MessagePack`].
///
/// What cannot be read back is refused when it is written, rather than written again and again by all who then find nothing:
/// with names each value is read back, without them the first ones, until several ways through the type were; and each from
/// then on that one could not be read.
///
/// It is made once for a type, because it probes it. What it has learned of the type's values it keeps.
pub(crate) struct Coder<T, C = Bincode> {
    schema: Schema,
    fingerprint: Fingerprint,
    /// A value has shown, or the probe, that the type needs names.
    named: AtomicBool,
    /// How the values that were read back ended.
    proven: Mutex<Vec<Ending>>,
    /// A value that was written was not read: from now on each is read back.
    doubted: AtomicBool,
    types: PhantomData<fn() -> (T, C)>,
}

/// The last bytes of a written value. The default codec has its trace there: values with one trace take one way through their
/// type.
type Ending = [u8; 4];

/// So many ways through a type are read back.
const PROOFS: usize = 16;

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

/// Whether two values of type `T` are written as the same bytes.
pub(crate) fn equals<T: Serialize + DeserializeOwned + 'static>(
    one: &dyn Any,
    other: &dyn Any,
) -> bool {
    let written = |value: &dyn Any| {
        let mut out = Vec::new();
        let codec = coder::<T>().encode(value.downcast_ref()?, &mut out).ok()?;
        Some((codec.0, out))
    };
    let one = written(one);
    one.is_some() && one == written(other)
}

impl<T: Serialize + DeserializeOwned, C: Codec> Coder<T, C> {
    /// Probes the type; see [`Schema::of`] for what that costs.
    pub(crate) fn new() -> Self {
        let schema = Schema::of::<T>();
        Self {
            named: AtomicBool::new(!schema.is_whole()),
            proven: Mutex::new(Vec::new()),
            doubted: AtomicBool::new(false),
            fingerprint: schema.fingerprint().named(type_name::<T>()),
            schema,
            types: PhantomData,
        }
    }

    /// Tells the type's values from those of other types and of other shapes of it.
    pub(crate) fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
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
            match C::encode(value, &self.schema, out) {
                Err(EncodeError::NeedsNames) => self.named.store(true, Ordering::Relaxed),
                done => {
                    done?;
                    self.prove_like(&out[start..])?;
                    return Ok(C::ID);
                }
            }
            out.truncate(start);
        }
        MessagePack::encode(value, &self.schema, out)?;
        self.prove::<MessagePack>(&out[start..])?;
        Ok(MessagePack::ID)
    }

    /// Reads a value back, unless one that was written along the same way has been, or enough others have.
    fn prove_like(&self, bytes: &[u8]) -> Result<(), EncodeError> {
        let ending = bytes.last_chunk().copied().unwrap_or_default();
        let is_known = |proven: &[Ending]| proven.len() == PROOFS || proven.contains(&ending);
        if !self.doubted.load(Ordering::Relaxed) && is_known(&self.proven.lock()) {
            return Ok(());
        }
        // Outside of the lock: the type's own code runs.
        self.prove::<C>(bytes)?;
        let mut proven = self.proven.lock();
        if !is_known(&proven) {
            proven.push(ending);
        }
        Ok(())
    }

    /// Whether the bytes are read back, as what would be written alike. The order may be another one: that of maps is.
    fn prove<D: Codec>(&self, bytes: &[u8]) -> Result<(), EncodeError> {
        let read = catch_unwind(AssertUnwindSafe(|| D::decode::<T>(bytes)));
        let value = match read {
            Ok(Ok(value)) => value,
            Ok(Err(error)) => return Err(EncodeError::NotReadBack(error.to_string())),
            Err(_) => return Err(EncodeError::NotReadBack("reading it panics".into())),
        };
        let mut again = Vec::with_capacity(bytes.len());
        D::encode(&value, &self.schema, &mut again)?;
        let counted = |bytes: &[u8]| {
            let mut counts = [0_usize; 256];
            for byte in &bytes[..bytes.len() - D::TRAILER] {
                counts[usize::from(*byte)] += 1;
            }
            counts
        };
        if again.len() == bytes.len() && counted(&again) == counted(bytes) {
            return Ok(());
        }
        Err(EncodeError::NotReadBack(
            "reading it gives a different value".into(),
        ))
    }

    /// The value that these bytes hold, which the codec `id` wrote.
    ///
    /// # Errors
    ///
    /// If the codec is not known, or does not write this type, or the bytes are not one whole `T`, and nothing else.
    pub(crate) fn decode(&self, id: CodecId, bytes: &[u8]) -> Result<T, DecodeError> {
        if id == C::ID && self.schema.is_whole() {
            C::decode(bytes).inspect_err(|_| self.doubted.store(true, Ordering::Relaxed))
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
            .field("schema", &self.schema)
            .field("named", &self.named)
            .finish_non_exhaustive()
    }
}
