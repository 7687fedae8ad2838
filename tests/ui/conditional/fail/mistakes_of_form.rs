//! Arguments that are none, or not what they must be.

use axum::extract::Path;
use cache_core::conditional;

#[conditional]
async fn without_any() -> &'static str {
    ""
}

#[conditional("post:{slug}")]
async fn without_its_name(Path(slug): Path<String>) -> String {
    slug
}

#[conditional(etag = "post")]
async fn without_a_hole() -> &'static str {
    ""
}

#[conditional(etag = 5)]
async fn a_number() -> &'static str {
    ""
}

#[conditional(etag = |page| page.tag())]
async fn of_the_outcome() -> &'static str {
    ""
}

#[conditional(last_modified = "Sun, 06 Nov 1994 08:49:37 GMT")]
async fn a_text() -> &'static str {
    ""
}

#[conditional(last_modified = |page| page.updated)]
async fn a_date_of_the_outcome() -> &'static str {
    ""
}

#[conditional(e_tag = "post:{slug}")]
async fn misspelled(Path(slug): Path<String>) -> String {
    slug
}

#[conditional(etag = "post:{slug}")]
#[conditional(last_modified = updated())]
async fn twice(Path(slug): Path<String>) -> String {
    slug
}

fn updated() -> std::time::SystemTime {
    std::time::SystemTime::UNIX_EPOCH
}

fn main() {}
