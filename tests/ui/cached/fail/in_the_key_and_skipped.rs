//! An argument that is accounted for twice.

use cache_core::cached;

#[cached(key = "user:{id}", skip(id))]
fn user(id: u64) -> u64 {
    id
}

#[cached(key = "{T}:{id}", skip(T), local)]
fn typed<T>(id: u64) -> u64 {
    id
}

fn main() {}
