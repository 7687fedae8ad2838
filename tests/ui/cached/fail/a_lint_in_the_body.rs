//! The lint levels of the user apply to the body, in a function as in a method; what the attribute reads is used.

#![deny(unused_variables)]

use cache_core::cached;

#[cached(ttl = if is_short { 1 } else { 60 })]
fn free(n: u64, is_short: bool) -> u64 {
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
    free(1, true);
    Repo.method(1);
}
