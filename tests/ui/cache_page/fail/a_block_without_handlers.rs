//! A block in which nothing is a page.

use cache_core::cache_page;

struct Views;

#[cache_page(ttl = "5m")]
impl Views {
    fn helper() -> u8 {
        1
    }
}

fn main() {}
