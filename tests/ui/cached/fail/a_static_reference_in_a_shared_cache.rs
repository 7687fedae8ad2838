//! Nothing that is read back from bytes is `&'static`.

use cache_core::cached;

#[cached(key = "name:{n}")]
fn name(n: u8) -> Option<&'static str> {
    let _ = n;
    Some("name")
}

fn main() {}
