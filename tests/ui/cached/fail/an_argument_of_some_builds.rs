//! `#[cfg]` on an argument.

use cache_core::cached;

#[cached]
fn user(id: u64, #[cfg(unix)] uid: u32) -> u64 {
    let _ = uid;
    id
}

fn main() {}
