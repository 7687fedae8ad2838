//! A page that the attribute above cannot know.

use cache_core::cache_page as page;
use cache_core::vary_on;

#[vary_on(cookies)]
#[page]
async fn varied() -> &'static str {
    ""
}

fn main() {}
