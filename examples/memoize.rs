//! The smallest program: two functions whose results are cached.
//!
//! Run it with `cargo run --example memoize`.
#![allow(clippy::print_stdout, reason = "showing its answers is what it is for")]

use std::time::{Duration, Instant};

use cache_core::cached;

/// Each call makes two more. Without the attribute, `fib(90)` would take centuries.
#[cached]
fn fib(n: u64) -> u64 {
    if n < 2 { n } else { fib(n - 1) + fib(n - 2) }
}

/// A slow function whose result is kept for a minute.
#[cached(ttl = "1m")]
async fn greeting(name: &str) -> String {
    tokio::time::sleep(Duration::from_millis(200)).await;
    format!("Hello, {name}!")
}

#[tokio::main]
async fn main() {
    println!("fib(90) = {}", fib(90));
    let stats = fib::stats();
    println!(
        "The function ran {} times. {} calls were answered from the cache.\n",
        stats.loads, stats.hits
    );
    for name in ["Ada", "Ada", "Grace"] {
        let start = Instant::now();
        let answer = greeting(name).await;
        println!("{answer:<14} took {:.1?}", start.elapsed());
    }
}
