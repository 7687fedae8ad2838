//! An attribute on a function alone cannot see the `impl` around it: the attribute on the `impl` can, or a hint says so.

use cache_core::cached;

trait Find {
    fn find(&self, n: u8) -> u8;
}

struct Repo;

impl Repo {
    #[cached]
    fn load(n: u8) -> u8 {
        n
    }
}

impl Find for Repo {
    #[cached(skip(self))]
    fn find(&self, n: u8) -> u8 {
        n
    }
}

fn main() {}
