//! `const`, `unsafe` and `extern`.

use cache_core::cached;

#[cached]
const fn constant(n: u8) -> u8 {
    n
}

#[cached]
unsafe fn dangerous(n: u8) -> u8 {
    n
}

#[cached]
extern "C" fn foreign(n: u8) -> u8 {
    n
}

fn main() {}
