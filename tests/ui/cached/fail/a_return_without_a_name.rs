//! What is kept needs a type with a name.

use cache_core::cached;

use std::pin::Pin;

#[cached]
fn unnamed(n: u8) -> Option<impl Iterator<Item = u8>> {
    Some(0..n)
}

#[cached]
fn future(n: u8) -> Pin<Box<dyn Future<Output = u8> + Send>> {
    let m = n;
    Box::pin(async move { m })
}

fn main() {}
