//! A module and a handle of one name: `handle = …` renames the handle.

use cache_core::cached;

mod blog {}

#[cached]
fn blog(n: u8) -> u8 {
    n
}

fn main() {}
