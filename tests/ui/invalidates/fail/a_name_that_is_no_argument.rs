//! Texts lean on the arguments.

use cache_core::invalidates;

struct Post {
    slug: String,
}

#[invalidates(tags("post:{pots.slug}"), keys("recent:{psot.slug}"), namespace = "of:{self.id}")]
fn save(post: &Post) {}

fn main() {}
