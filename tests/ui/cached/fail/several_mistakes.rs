//! Every mistake is told at once, each on its token, and the function is there.

use cache_core::cached;

#[cached(key = "a:{b}", skip(c), unless = 5, local, shared)]
unsafe fn user(id: u64) -> &str {
    ""
}

fn main() {
    // The function itself is known: no further errors.
    let _: unsafe fn(u64) -> _ = user;
}
