//! Tags and namespaces in another form.

use cache_core::cached;

#[cached(tags())]
fn empty(id: u64) -> u64 {
    id
}

#[cached(tags("user:{idd}"), namespace = "of:{user.id}")]
fn unknown(id: u64) -> u64 {
    id
}

#[cached(tags = "user:{id}", namespace("a"))]
fn another_form(id: u64) -> u64 {
    id
}

#[cached(tags = |value: &u64| [format!("{value}:{id}")])]
fn sees_an_argument(id: u64) -> u64 {
    id
}

#[cached(key = "user:{id}", tags("name:{name}"))]
fn a_tag_is_no_key(id: u64, name: &str) -> u64 {
    id
}

fn main() {}
