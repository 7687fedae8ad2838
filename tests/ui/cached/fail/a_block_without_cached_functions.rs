//! A block in which nothing is cached.

use cache_core::cached;

struct Repo;

#[cached(ttl = "5m")]
impl Repo {
    fn load(n: u8) -> u8 {
        n
    }
}

fn main() {}
