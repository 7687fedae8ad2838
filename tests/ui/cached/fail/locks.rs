//! A lock that no other process sees, and one that is none.

use cache_core::{cache_page, cached};

#[cached(ttl = "5m", lock = distributed)]
fn of_its_own(n: u64) -> u64 {
    n
}

#[cached(key = "local:{n}", local, lock = distributed)]
fn local(n: u64) -> u64 {
    n
}

#[cached(key = "process:{n}", lock = process)]
fn of_the_process(n: u64) -> u64 {
    n
}

#[cached(key = "text:{n}", lock = "distributed")]
fn as_text(n: u64) -> u64 {
    n
}

#[cached(key = "bare:{n}", lock)]
fn without_a_word(n: u64) -> u64 {
    n
}

#[cached]
impl Numbers {
    #[cached(shared, lock = distributed)]
    fn shared(n: u64) -> u64 {
        n
    }

    #[cached(lock = distributed)]
    fn own(n: u64) -> u64 {
        n
    }
}

#[cache_page(lock = true)]
async fn page() -> String {
    String::new()
}

struct Numbers;

fn main() {}
