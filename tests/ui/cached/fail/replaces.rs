//! What a load replaces, where it has no place or no name.

use cache_core::{cache_page, cached};

#[cached(ttl = "5m", replaces = "old")]
fn a_text(n: u64) -> u64 {
    n
}

#[cached(ttl = "5m", replaces)]
fn nothing(n: u64) -> u64 {
    n
}

#[cached(ttl = "5m", replaces = n)]
fn an_argument(n: u64) -> u64 {
    n
}

#[cached(ttl = "5m", replaces = old)]
fn of_another_type(n: u64) -> u64 {
    old.map_or(n, |old| old.validator(String::len) as u64)
}

#[cache_page(ttl = "5m", replaces = old)]
async fn page() -> &'static str {
    "page"
}

trait Load {
    fn load(&self, n: u64) -> u64;
}

struct Repo;

#[cached]
impl Load for Repo {
    #[cached(ttl = "5m", skip(self), replaces = old)]
    fn load(&self, n: u64) -> u64 {
        n
    }
}

fn main() {}
