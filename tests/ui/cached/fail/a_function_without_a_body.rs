//! A declaration.

use cache_core::cached;

trait Find {
    #[cached]
    fn find(n: u8) -> u8;
}

fn main() {}
