//! What a handler that is not cached cannot have others told.

use cache_core::{cache_control, vary_on};

#[cache_control(cdn = "1y")]
async fn in_a_cdn() -> &'static str {
    ""
}

#[cache_control(public, max_age = 60)]
#[vary_on(cookies)]
async fn of_cookies() -> &'static str {
    ""
}

#[vary_on(headers = ["Authorization"])]
#[cache_control(s_maxage = 60)]
async fn of_credentials() -> &'static str {
    ""
}

#[cache_control(max_age = slug.len() as u64)]
async fn borrowed(slug: &str) -> &'static str {
    let _ = slug;
    ""
}

fn main() {}
