//! What is no template.

use cache_core::key;

fn main() {
    let slug = "a";
    key!(slug);
    key!("post:{}", slug);
    key!("post:{slug}", slug);
    key!("post:{slug:?}");
    key!();
}
