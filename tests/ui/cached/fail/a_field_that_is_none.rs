//! A hole's mistake stands on the text, and nothing is offered in place of the whole of it.

use cache_core::{cached, key};

#[derive(Clone)]
struct User {
    id: u64,
}

#[cached(key = "user:{user.idd}")]
fn load(user: User) -> u64 {
    user.id
}

#[cached(key = "user:{user.idt()}")]
fn by_a_method(user: User) -> u64 {
    user.id
}

fn main() {
    let user = User { id: 1 };
    key!("user:{user.idd}");
}
