//! What every function of a block would say.

use cache_core::cached;

struct Repo;

#[cached(key = "{n}", handle = all)]
impl Repo {
    #[cached]
    fn load(n: u8) -> u8 {
        n
    }
}

fn main() {}
