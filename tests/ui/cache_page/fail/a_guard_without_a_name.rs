//! `guard` and `skip` name arguments.

use cache_core::cache_page;

#[cache_page(guard(_admin))]
async fn guarded(_: String) -> &'static str {
    "for members"
}

fn main() {}
