//! Where the function stands, said twice.

use cache_core::cached;

struct Repo;

impl Repo {
    #[cached(associated, trait_impl)]
    fn either(n: u8) -> u8 {
        n
    }
}

#[cached]
impl Repo {
    #[cached(associated)]
    fn known(n: u8) -> u8 {
        n
    }
}

fn main() {}
