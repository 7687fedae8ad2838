//! A text that stands without saying what it names.

use cache_core::invalidates;

#[invalidates("posts")]
fn publish() {}

#[invalidates(tags(posts))]
fn without_quotes() {}

#[invalidates(tags("posts"), condition = "true")]
fn in_quotes() {}

fn main() {}
