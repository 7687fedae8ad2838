//! The lint levels of the user apply to the body, in a function as in a method.

#![deny(unused_variables)]

use cache_core::cached;

#[cached]
fn free(n: u64) -> u64 {
    let in_a_function = 1;
    n
}

struct Repo;

impl Repo {
    #[cached(skip(self))]
    fn method(&self, n: u64) -> u64 {
        let in_a_method = 1;
        n
    }
}

fn main() {
    free(1);
    Repo.method(1);
}
