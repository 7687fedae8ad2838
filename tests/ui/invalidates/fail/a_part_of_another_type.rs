//! What is in a text is part of a key; what a closure gives becomes tags.

use cache_core::invalidates;

struct Post;

#[invalidates(tags("post:{post}"))]
fn save(post: Post) {
    drop(post);
}

#[invalidates(tags = |id: &u64| [*id])]
fn create() -> u64 {
    7
}

fn main() {}
