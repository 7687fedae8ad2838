//! What is kept cannot borrow.

use cache_core::cached;

use std::borrow::Cow;

#[cached]
fn elided(text: &str) -> &str {
    text
}

#[cached]
fn named<'a>(text: &'a str) -> Result<Cow<'a, str>, ()> {
    Ok(text.into())
}

#[cached]
fn of_functions(n: u8) -> fn(&str) -> &str {
    let _ = n;
    |text| text
}

fn main() {}
