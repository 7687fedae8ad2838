//! A method whose `self` is neither in the key nor set aside.

use cache_core::cached;

struct Repo {
    tenant: u32,
}

impl Repo {
    #[cached]
    fn without_a_key(&self, id: u32) -> u32 {
        self.tenant + id
    }

    #[cached(key = "{id}")]
    fn with_a_key(&self, id: u32) -> u32 {
        self.tenant + id
    }
}

fn main() {}
