//! Keys of several parts.

use std::hash::Hasher;

use super::{CacheKey, KeyWriter};

/// Keys of several parts, in order.
macro_rules! tuple {
    ($($name:ident $index:tt),*) => {
        impl<$($name: CacheKey),*> CacheKey for ($($name,)*) {
            type Stored = ($($name::Stored,)*);

            const BITS: u32 = 0_u32 $(.saturating_add($name::BITS))*;

            #[inline]
            fn bits(&self) -> u64 {
                let bits = 0;
                // Of 64 bits there is only one part that has any.
                $(let bits = u64::checked_shl(bits, $name::BITS).unwrap_or_default() | self.$index.bits();)*
                bits
            }

            #[inline]
            fn hash<H: Hasher>(&self, _state: &mut H) {
                $(self.$index.hash(_state);)*
            }

            #[inline]
            fn same(&self, _stored: &Self::Stored) -> bool {
                true $(&& self.$index.same(&_stored.$index))*
            }

            #[allow(clippy::unused_unit, reason = "the empty tuple is one of them")]
            fn store(&self) -> Self::Stored {
                ($(self.$index.store(),)*)
            }

            fn write(&self, out: &mut KeyWriter<'_>) {
                out.group("", |_group| { $(_group.item(&self.$index);)* });
            }
        }
    };
}

tuple!();
tuple!(A 0);
tuple!(A 0, B 1);
tuple!(A 0, B 1, C 2);
tuple!(A 0, B 1, C 2, D 3);
tuple!(A 0, B 1, C 2, D 3, E 4);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, I 7);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, I 7, J 8);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, I 7, J 8, K 9);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, I 7, J 8, K 9, L 10);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, I 7, J 8, K 9, L 10, M 11);
