//! Mistakes of form.

use cache_core::cache_control;

#[cache_control(max-age = 60)]
async fn with_a_dash() -> &'static str {
    ""
}

#[cache_control(maxage = 60, public)]
async fn misspelled() -> &'static str {
    ""
}

#[cache_control]
async fn without_any() -> &'static str {
    ""
}

#[cache_control("public, max-age=60")]
async fn as_a_text() -> &'static str {
    ""
}

#[cache_control(public = true)]
async fn with_a_value() -> &'static str {
    ""
}

#[cache_control(max_age)]
async fn without_a_value() -> &'static str {
    ""
}

#[cache_control(max_age = "500ms")]
async fn less_than_a_second() -> &'static str {
    ""
}

#[cache_control(max_age = 5m)]
async fn without_quotes() -> &'static str {
    ""
}

#[cache_control(max_age = |page| page.life())]
async fn of_the_outcome() -> &'static str {
    ""
}

#[cache_control(public)]
#[cache_control(max_age = 60)]
async fn twice() -> &'static str {
    ""
}

fn main() {}
