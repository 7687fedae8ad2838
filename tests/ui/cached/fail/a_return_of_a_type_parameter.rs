//! A type that may or may not be a `Result`.

use cache_core::cached;

#[cached]
fn made<T: Default + Clone + Send + Sync + 'static>(n: u8) -> T {
    let _ = n;
    T::default()
}

#[cached]
fn projected<T: Iterator>(n: u8) -> T::Item
where
    T::Item: Default + Clone + Send + Sync + 'static,
{
    let _ = n;
    Default::default()
}

fn main() {}
