//! Names that stand there twice, also by two attributes.

use cache_core::vary_on;

#[vary_on(headers = ["Accept", "accept"], cookies = ["a", "a"])]
async fn once() -> &'static str {
    ""
}

#[vary_on(headers = ["Accept"], cookies)]
#[vary_on(headers = ["Accept"], cookies = ["a"])]
async fn twice() -> &'static str {
    ""
}

fn main() {}
