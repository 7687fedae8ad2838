//! What a kept value must be, here and in a shared cache.

use cache_core::cached;

struct NotClone;

#[cached]
fn not_clone(n: u8) -> NotClone {
    let _ = n;
    NotClone
}

#[cached]
fn not_shared(n: u8) -> Result<std::rc::Rc<u8>, ()> {
    Ok(std::rc::Rc::new(n))
}

#[derive(Clone)]
struct NotSerde;

#[cached(key = "n:{n}")]
fn not_serde(n: u8) -> NotSerde {
    let _ = n;
    NotSerde
}

fn main() {}
