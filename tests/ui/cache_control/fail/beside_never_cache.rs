//! `#[never_cache]` is all that there is to say.

use cache_core::{cache_control, never_cache};

#[never_cache]
#[cache_control(public, max_age = 60)]
async fn below() -> &'static str {
    ""
}

#[cache_control(private)]
#[never_cache]
async fn above() -> &'static str {
    ""
}

struct Views;

#[never_cache]
impl Views {
    #[cache_control(max_age = 60)]
    async fn inside() -> &'static str {
        ""
    }
}

fn main() {}
