//! What cannot be a handler.

use cache_core::cache_page;

struct Views;

#[cache_page]
fn not_async() -> String {
    String::new()
}

impl Views {
    #[cache_page]
    async fn method(&self) -> String {
        String::new()
    }
}

trait Show {
    async fn show() -> String;
}

#[cache_page]
impl Show for Views {
    async fn show() -> String {
        String::new()
    }
}

fn main() {}
