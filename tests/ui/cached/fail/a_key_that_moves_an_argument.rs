//! A look-up only borrows.

use cache_core::cached;

#[cached(key = "name:{name.into_boxed_str()}")]
fn named(name: String) -> usize {
    name.len()
}

fn main() {}
