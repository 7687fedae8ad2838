//! An attribute that the one above cannot know.

use cache_core::cache_page as page;
use cache_core::cached;
use cache_core::vary_on as vary;

#[cached]
#[vary(cookies)]
fn varied(n: u8) -> u8 {
    n
}

#[cached]
#[page]
async fn paged(n: u8) -> u8 {
    n
}

fn main() {}
