//! The parts of keys: values that can be hashed and compared in place, stored, and written as text.

use std::hash::{Hash, Hasher};

pub use self::tag::Tag;
pub use self::text::Key;
pub use self::writer::{Group, KeyWriter};

#[macro_use]
mod macros;

mod crates;
mod foreign;
mod items;
mod lists;
mod paths;
mod shapes;
mod tag;
mod text;
mod tuples;
mod unordered;
mod writer;

/// A value that can be part of a key.
///
/// A look-up borrows the value: it hashes it and compares it with the stored form, without creating one. The text is canonical:
/// within a type, two different values never write the same text, and a value writes the same text in every process.
///
/// The methods are called while a part of the cache is locked: an implementation must not call cached functions.
///
/// It is implemented for these types of the standard library: numbers, text and paths, lists, sets and maps (unordered ones
/// are equal in any order), options, results, ranges, addresses, durations, tuples, arrays and pointers. Floats are compared by
/// their bits: `-0.0` and `0.0` differ, and a `NaN` equals itself. Types of `bytes` implement it too, and those of `uuid`, `url`, `chrono`,
/// `time`, `smol_str` and `http` with the feature of that name.
///
/// Derive it with `#[derive(CacheKey)]`. If you write it by hand, values that are [`same`](CacheKey::same) must have the same hash
/// and write the same text.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be part of a cache key",
    label = "this is in the key, and `CacheKey` is not implemented for it",
    note = "for a type of yours: `#[derive(CacheKey)]`, and `#[cache_key(with = function)]` on a field that is no key",
    note = "for a type of another crate: the feature of its name (`uuid`, `url`, `chrono`, `time`, `smol_str`, `http`), or a part of it: `key = \"…{{value.id}}\"`",
    note = "for what does not change the answer: `skip(…)`, and `#[cache_key(skip)]` on a field"
)]
pub trait CacheKey {
    /// How many bits tell its values apart, if that is what [`bits`](CacheKey::bits) gives; else more than 64.
    #[doc(hidden)]
    const BITS: u32 = u32::MAX;

    /// The value as a number of [`BITS`](CacheKey::BITS) bits, which is equal for values that are [`same`](CacheKey::same) and for no
    /// others.
    #[doc(hidden)]
    fn bits(&self) -> u64 {
        0
    }

    /// The form that the near tier keeps, which owns its data.
    type Stored: Eq + Clone + Send + Sync + 'static;

    /// Feeds the value to a hasher; values that are [`same`](CacheKey::same) have the same hash.
    fn hash<H: Hasher>(&self, state: &mut H);

    /// Returns whether `stored` was made from a value equal to this one.
    fn same(&self, stored: &Self::Stored) -> bool;

    /// Returns the stored form.
    fn store(&self) -> Self::Stored;

    /// Writes the canonical text.
    fn write(&self, out: &mut KeyWriter<'_>);

    /// Writes the value as the last part of a key, where text needs no escaping because nothing follows it.
    fn write_last(&self, out: &mut KeyWriter<'_>) {
        self.write(out);
    }
}

/// Keys such as numbers: stored as they are, and written by `Display`.
macro_rules! plain {
    ($($type:ty $(| $bits:expr, $value:ident: $of:expr)?),* $(,)?) => {$(
        impl CacheKey for $type {
            type Stored = Self;

            $(
                const BITS: u32 = $bits;

                #[inline]
                fn bits(&self) -> u64 {
                    let $value = *self;
                    $of
                }
            )?

            #[inline]
            fn hash<H: Hasher>(&self, state: &mut H) {
                Hash::hash(self, state);
            }

            #[inline]
            fn same(&self, stored: &Self) -> bool {
                self == stored
            }

            #[inline]
            fn store(&self) -> Self {
                *self
            }

            fn write(&self, out: &mut KeyWriter<'_>) {
                out.number(self);
            }
        }
    )*};
}

plain!(
    u8 | 8, number: number.into(),
    u16 | 16, number: number.into(),
    u32 | 32, number: number.into(),
    u64 | 64, number: number,
    u128,
    usize | 64, number: number as u64,
    i8 | 8, number: number.cast_unsigned().into(),
    i16 | 16, number: number.cast_unsigned().into(),
    i32 | 32, number: number.cast_unsigned().into(),
    i64 | 64, number: number.cast_unsigned(),
    i128,
    isize | 64, number: number.cast_unsigned() as u64,
    bool | 1, flag: flag.into(),
);
plain!(
    std::num::NonZeroU8,
    std::num::NonZeroU16,
    std::num::NonZeroU32,
    std::num::NonZeroU64,
    std::num::NonZeroU128,
    std::num::NonZeroUsize,
    std::num::NonZeroI8,
    std::num::NonZeroI16,
    std::num::NonZeroI32,
    std::num::NonZeroI64,
    std::num::NonZeroI128,
    std::num::NonZeroIsize,
);

/// Floats are compared by their bits: `-0.0` and `0.0` differ, and a `NaN` equals itself.
macro_rules! float {
    ($($type:ty => $bits:ty),*) => {$(
        impl CacheKey for $type {
            type Stored = $bits;

            const BITS: u32 = <$bits>::BITS;

            #[inline]
            fn bits(&self) -> u64 {
                self.to_bits().into()
            }

            fn hash<H: Hasher>(&self, state: &mut H) {
                Hash::hash(&self.to_bits(), state);
            }

            fn same(&self, stored: &$bits) -> bool {
                self.to_bits() == *stored
            }

            fn store(&self) -> $bits {
                self.to_bits()
            }

            fn write(&self, out: &mut KeyWriter<'_>) {
                if self.is_nan() { out.text(&format!("NaN{:x}", self.to_bits())) } else { out.number(self) }
            }
        }
    )*};
}

float!(f32 => u32, f64 => u64);

impl CacheKey for str {
    type Stored = Box<str>;

    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        Hash::hash(self, state);
    }

    #[inline]
    fn same(&self, stored: &Box<str>) -> bool {
        *self == **stored
    }

    fn store(&self) -> Box<str> {
        self.into()
    }

    fn write(&self, out: &mut KeyWriter<'_>) {
        out.text(self);
    }

    fn write_last(&self, out: &mut KeyWriter<'_>) {
        out.raw(self);
    }
}

values! {
    [] char as Self: |char| *char, char.encode_utf8(&mut [0; 4]);
}

through! {
    [T: CacheKey + ?Sized] &T as T: |key| **key;
    [T: CacheKey + ?Sized] &mut T as T: |key| **key;
    [T: CacheKey + ?Sized] Box<T> as T: |key| **key;
    [T: CacheKey + ?Sized] std::rc::Rc<T> as T: |key| **key;
    [T: CacheKey + ?Sized] std::sync::Arc<T> as T: |key| **key;
    [T: CacheKey + ToOwned + ?Sized] std::borrow::Cow<'_, T> as T: |key| **key;
    [] String as str: |text| **text;
}

impl<T: CacheKey> CacheKey for Option<T> {
    type Stored = Option<T::Stored>;

    const BITS: u32 = T::BITS.saturating_add(1);

    #[inline]
    fn bits(&self) -> u64 {
        self.as_ref().map_or(0, |value| value.bits() << 1 | 1)
    }

    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u8(u8::from(self.is_some()));
        if let Some(value) = self {
            value.hash(state);
        }
    }

    fn same(&self, stored: &Option<T::Stored>) -> bool {
        match (self, stored) {
            (Some(value), Some(stored)) => value.same(stored),
            (None, None) => true,
            _ => false,
        }
    }

    fn store(&self) -> Option<T::Stored> {
        self.as_ref().map(CacheKey::store)
    }

    fn write(&self, out: &mut KeyWriter<'_>) {
        out.option(self.as_ref());
    }
}
