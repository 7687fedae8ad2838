//! A function without `async`, a cached function, arguments without a type of their own, and a type.

use cache_core::{cached, conditional};

#[conditional(etag = "post:{id}")]
fn plain(id: u64) -> String {
    id.to_string()
}

#[cached]
#[conditional(etag = "post:{id}")]
fn kept(id: u64) -> u64 {
    id
}

#[conditional(etag = "post:{slug}")]
async fn borrowed(slug: &str) -> String {
    slug.to_owned()
}

#[conditional(etag = "post:{id}")]
async fn unnamed(id: impl Into<u64>) -> String {
    id.into().to_string()
}

#[conditional(etag = "post:{id}")]
struct Page;

fn main() {}
