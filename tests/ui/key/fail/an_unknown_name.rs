//! A hole for what is not in scope, and one for what is no key.

use cache_core::key;

struct NoKey;

fn main() {
    let none = NoKey;
    key!("post:{slug}");
    key!("post:{none}");
}
