//! A hole for what is no argument.

use cache_core::cached;

#[cached(key = "post:{slgu}")]
fn post(slug: &str) -> String {
    slug.to_owned()
}

#[cached(key = "post:{self.id}")]
fn free(slug: &str) -> String {
    slug.to_owned()
}

fn main() {}
