//! A `Result` is found by its type and not by its spelling.

#![deny(warnings)]

use cache_core::cached;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

static RUNS: AtomicU32 = AtomicU32::new(0);

type Answer<T> = Result<T, std::num::ParseIntError>;
type Whole = Result<i32, ()>;

#[cached]
fn by_alias(text: &str) -> Answer<i32> {
    RUNS.fetch_add(1, Relaxed);
    let number: i32 = text.parse()?;
    if number < 0 {
        return Ok(0);
    }
    Ok(number)
}

#[cached]
fn by_path(text: &str) -> std::io::Result<usize> {
    RUNS.fetch_add(1, Relaxed);
    if text.is_empty() { Err(std::io::ErrorKind::NotFound.into()) } else { Ok(text.len()) }
}

#[cached]
fn by_a_whole_alias(ok: bool) -> Whole {
    RUNS.fetch_add(1, Relaxed);
    if ok { Ok(1) } else { Err(()) }
}

#[cached(cache_err = "1m", unless = |n| *n == 7, ttl = |n: &i32| seconds(n.unsigned_abs().into()))]
fn with_errors(text: String) -> Answer<i32> {
    RUNS.fetch_add(1, Relaxed);
    text.parse()
}

fn runs(body: impl Fn()) -> u32 {
    let before = RUNS.load(Relaxed);
    body();
    body();
    RUNS.load(Relaxed) - before
}

fn main() {
    assert_eq!(runs(|| assert_eq!(by_alias("5"), Ok(5))), 1);
    assert_eq!(runs(|| assert!(by_alias("x").is_err())), 2);
    assert_eq!(by_alias::peek("5"), Some(Ok(5)));
    assert_eq!(runs(|| assert_eq!(by_path("abc").unwrap(), 3)), 1);
    assert_eq!(runs(|| assert!(by_path("").is_err())), 2);
    assert_eq!(by_path::peek("abc"), Some(3));
    assert_eq!(runs(|| assert_eq!(by_a_whole_alias(true), Ok(1))), 1);
    assert_eq!(runs(|| assert_eq!(by_a_whole_alias(false), Err(()))), 2);
    assert_eq!(by_a_whole_alias::peek(&true), Some(Ok(1)));
    assert_eq!(runs(|| assert!(with_errors("x".to_owned()).is_err())), 1);
    assert_eq!(runs(|| assert_eq!(with_errors("3".to_owned()), Ok(3))), 1);
    assert_eq!(runs(|| assert_eq!(with_errors("7".to_owned()), Ok(7))), 2);
}
