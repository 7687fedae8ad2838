//! `cache_err` with an error of which no caller can have a copy.

use cache_core::cached;

struct NotFound;

#[cached(cache_err = "30s")]
fn number(n: u8) -> Result<u8, NotFound> {
    Ok(n)
}

#[cached(cache_err = "30s")]
async fn read(n: u8) -> Result<u8, std::io::Error> {
    Ok(n)
}

fn main() {}
