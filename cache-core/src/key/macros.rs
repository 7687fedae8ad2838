//! The ways in which a type is a key because another is one.

/// Keys of which another key, borrowed or made of them, says all.
macro_rules! through {
    ($([$($generics:tt)*] $type:ty as $as:ty: |$value:ident| $key:expr;)*) => {$(
        impl<$($generics)*> CacheKey for $type {
            type Stored = <$as as CacheKey>::Stored;

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

/// Keys that are stored as `$stored`, which holds all that tells one value from another, and write `$text`.
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
