//! A pattern that does not match through a reference.

use cache_core::cached;

#[cached]
fn pair((&a, b): (&u32, u32)) -> u32 {
    a + b
}

fn main() {}
