//! Other items.

use cache_core::cached;

#[cached]
struct Repo;

#[cached]
mod inner {}

#[cached]
trait Find {}

fn main() {}
