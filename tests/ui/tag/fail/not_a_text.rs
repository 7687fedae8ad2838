//! A tag is made from one text.

use cache_core::tag;

fn main() {
    let slug = "a";
    let _ = tag!(slug);
    let _ = tag!("post:{}", slug);
    let _ = tag!("post:{slgu}");
}
