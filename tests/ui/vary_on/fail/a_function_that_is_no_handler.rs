//! A function without `async`, and a type.

use cache_core::vary_on;

#[vary_on(cookies)]
fn plain() -> &'static str {
    ""
}

#[vary_on(cookies)]
struct Page;

fn main() {}
