//! References and types without a name.

use cache_core::cache_page;

use std::fmt::Debug;

#[cache_page]
async fn borrowed(text: &str) -> String {
    text.to_owned()
}

#[cache_page]
async fn unnamed(value: impl Debug) -> String {
    format!("{value:?}")
}

fn main() {}
