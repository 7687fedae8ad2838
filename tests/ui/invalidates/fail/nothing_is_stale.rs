//! Nothing that could be stale, or an empty list of it.

use cache_core::invalidates;

#[invalidates]
fn nothing(id: u64) {}

#[invalidates(before, cache = "pages")]
fn only_how(id: u64) {}

#[invalidates(tags(), keys)]
fn empty(id: u64) {}

#[invalidates(tags = "post:{id}", keys("a", "a"))]
fn in_another_form(id: u64) {}

fn main() {}
