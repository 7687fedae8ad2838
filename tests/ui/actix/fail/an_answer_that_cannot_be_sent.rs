//! A handler returns what actix-web can send.

use cache_core::actix::cache_page;

struct Post;

#[cache_page(ttl = "5m")]
async fn value() -> Post {
    Post
}

#[cache_page(ttl = "5m")]
async fn error() -> Result<String, Post> {
    Err(Post)
}

fn main() {}
