//! There is no room for one.

use cache_core::cached;

trait Find {
    fn find(n: u8) -> u8;
}

struct Repo;

#[cached]
impl Find for Repo {
    #[cached(handle = found)]
    fn find(n: u8) -> u8 {
        n
    }
}

fn main() {}
