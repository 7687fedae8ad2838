//! What is no key, in a template and as an argument.

use cache_core::cached;

#[derive(Clone)]
struct Filters;

#[cached(key = "posts:{filters}")]
fn in_a_template(filters: &Filters) -> u64 {
    let Filters = filters;
    0
}

#[cached]
fn as_an_argument(id: u64, filters: Filters) -> u64 {
    let Filters = filters;
    id
}

fn main() {}
