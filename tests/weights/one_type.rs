//! A hundred cached functions of one signature: `cargo xtask weigh` counts the IR that they cost.

#[path = "names.rs"]
#[macro_use]
mod names;

use cache_core::cached;

macro_rules! functions {
    ($($name:ident)*) => {
        $(
            /// One of a hundred.
            #[cached]
            pub fn $name(n: u64) -> u64 {
                n.wrapping_mul(3)
            }
        )*

        fn main() {
            $( std::hint::black_box($name(7)); )*
        }
    };
}

with_a_hundred_names!(functions);
