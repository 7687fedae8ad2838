//! An attribute that the one above cannot know.

use cache_core::cache_page;
use cache_core::vary_on as vary;

#[cache_page]
#[vary(cookies)]
async fn page() -> String {
    String::new()
}

fn main() {}
