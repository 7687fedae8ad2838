//! An argument that is in the key in part only.

use cache_core::cache_page;

use axum::extract::Path;

#[cache_page(key = "posts:{year}")]
async fn posts(Path((year, slug)): Path<(u32, String)>) -> String {
    format!("{year}{slug}")
}

fn main() {}
