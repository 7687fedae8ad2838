//! Attributes that the one above cannot know.

use cache_core::cache_control as told;
use cache_core::cache_page as page;
use cache_core::{cache_control, cache_page};

#[cache_page]
#[told(public)]
async fn below_a_page() -> &'static str {
    ""
}

#[cache_control(public)]
#[page]
async fn above_a_page() -> &'static str {
    ""
}

fn main() {}
