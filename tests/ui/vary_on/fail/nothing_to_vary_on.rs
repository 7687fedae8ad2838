//! No names.

use cache_core::vary_on;

#[vary_on]
async fn nothing() -> &'static str {
    ""
}

#[vary_on(headers = [], cookies = ["a;b"])]
async fn empty() -> &'static str {
    ""
}

#[vary_on(header = ["Accept"])]
async fn misspelt() -> &'static str {
    ""
}

#[vary_on(headers)]
async fn all() -> &'static str {
    ""
}

fn main() {}
