//! Macros for types that are keys because another type is one.

/// Keys that are the same as another key, which is borrowed or made from them.
macro_rules! through {
    ($([$($generics:tt)*] $type:ty as $as:ty: |$value:ident| $key:expr;)*) => {$(
        impl<$($generics)*> CacheKey for $type {
            type Stored = <$as as CacheKey>::Stored;

            const BITS: u32 = <$as as CacheKey>::BITS;

            #[inline]
            fn bits(&self) -> u64 {
                let $value = self;
                CacheKey::bits(&$key)
            }

            #[inline]
            fn hash<S: Hasher>(&self, state: &mut S) {
                let $value = self;
                CacheKey::hash(&$key, state);
            }

            #[inline]
            fn same(&self, stored: &Self::Stored) -> bool {
                let $value = self;
                CacheKey::same(&$key, stored)
            }

            fn store(&self) -> Self::Stored {
                let $value = self;
                CacheKey::store(&$key)
            }

            fn write(&self, out: &mut KeyWriter<'_>) {
                let $value = self;
                CacheKey::write(&$key, out);
            }

            fn write_last(&self, out: &mut KeyWriter<'_>) {
                let $value = self;
                CacheKey::write_last(&$key, out);
            }
        }
    )*};
}

/// Keys that are stored as `$stored`, which differs for any two values, and that write `$text`.
macro_rules! values {
    ($([$($generics:tt)*] $type:ty as $stored:ty: |$value:ident| $key:expr, $text:expr;)*) => {$(
        impl<$($generics)*> CacheKey for $type {
            type Stored = $stored;

            fn hash<S: Hasher>(&self, state: &mut S) {
                Hash::hash(&CacheKey::store(self), state);
            }

            fn same(&self, stored: &Self::Stored) -> bool {
                CacheKey::store(self) == *stored
            }

            fn store(&self) -> Self::Stored {
                let $value = self;
                $key
            }

            fn write(&self, out: &mut KeyWriter<'_>) {
                let $value = self;
                out.text(&$text);
            }
        }
    )*};
}
