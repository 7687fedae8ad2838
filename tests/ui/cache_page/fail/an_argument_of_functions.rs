//! Arguments that pages do not take.

use cache_core::cache_page;

#[cache_page(local, shared, trait_impl)]
async fn page() -> String {
    String::new()
}

fn main() {}
