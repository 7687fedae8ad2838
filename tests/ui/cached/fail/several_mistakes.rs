//! Every mistake is told at once, each on its token, and the function is there.

use cache_core::cached;

#[cached(key = "a:{b}", skip(c), unless = 5, local, shared)]
unsafe fn user(id: &str) -> &str {
    id
}

fn main() {
    // The function is there all the same, so its uses are no further mistakes.
    let _: unsafe fn(&str) -> &str = user;
}
