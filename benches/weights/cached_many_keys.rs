//! A hundred functions of the crate `cached` of as many types of keys and values: `cargo xtask weigh` counts the IR that they cost.

#[path = "../../tests/weights/names.rs"]
#[macro_use]
mod names;

use cached::macros::cached;

macro_rules! functions {
    ($($name:ident)*) => {
        $(
            /// One of a hundred.
            pub mod $name {
                use super::cached;

                /// What this function alone takes.
                #[derive(Clone, PartialEq, Eq, Hash)]
                pub struct Id(pub u64);

                /// What this function alone returns.
                #[derive(Clone)]
                pub struct Value(pub u64);

                /// One of a hundred.
                #[cached]
                pub fn load(id: Id) -> Value {
                    Value(id.0.wrapping_mul(3))
                }
            }
        )*

        fn main() {
            $( std::hint::black_box($name::load($name::Id(7))); )*
        }
    };
}

with_a_hundred_names!(functions);
