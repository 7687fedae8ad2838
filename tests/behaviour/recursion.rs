//! Functions that call themselves, and each other.

use cache_core::cached;

use crate::support::{Runs, installed, on_thread, within};

#[test]
fn each_step_runs_once() {
    installed();
    static RUNS: Runs = Runs::new();
    #[cached]
    fn fib(n: u64) -> u64 {
        RUNS.run();
        if n < 2 { n } else { fib(n - 1) + fib(n - 2) }
    }
    assert_eq!((fib(80), RUNS.count()), (23_416_728_348_467_685, 81));
}

#[tokio::test]
async fn each_step_of_an_async_one_runs_once() {
    installed();
    static RUNS: Runs = Runs::new();
    #[cached]
    async fn fib(n: u64) -> u64 {
        RUNS.run();
        if n < 2 {
            return n;
        }
        Box::pin(fib(n - 1)).await + Box::pin(fib(n - 2)).await
    }
    assert_eq!((within(fib(40)).await, RUNS.count()), (102_334_155, 41));
}

#[test]
fn a_call_of_the_same_key_inside_its_own_load_runs_its_body() {
    installed();
    static RUNS: Runs = Runs::new();
    #[cached(skip(depth))]
    fn again(key: u8, depth: u8) -> String {
        RUNS.run();
        if depth == 0 {
            key.to_string()
        } else {
            format!("({})", again(key, depth - 1))
        }
    }
    assert_eq!(on_thread(|| again(1, 3)), "(((1)))");
    assert_eq!(RUNS.count(), 4);
    assert_eq!(
        again::peek(&1).as_deref(),
        Some("(((1)))"),
        "the outermost is kept"
    );
}

#[tokio::test]
async fn a_call_of_the_same_key_inside_its_own_async_load_runs_its_body() {
    installed();
    static RUNS: Runs = Runs::new();
    #[cached(skip(depth))]
    async fn again(key: u8, depth: u8) -> String {
        RUNS.run();
        tokio::task::yield_now().await;
        if depth == 0 {
            return key.to_string();
        }
        format!("({})", Box::pin(again(key, depth - 1)).await)
    }
    assert_eq!(within(again(1, 3)).await, "(((1)))");
    assert_eq!(
        (RUNS.count(), again::peek(&1).await.as_deref()),
        (4, Some("(((1)))"))
    );
}

#[test]
fn a_circle_of_two_functions_ends() {
    installed();
    #[cached(skip(depth))]
    fn ping(key: u8, depth: u8) -> u8 {
        if depth == 0 {
            key
        } else {
            pong(key, depth - 1) + 1
        }
    }
    #[cached(skip(depth))]
    fn pong(key: u8, depth: u8) -> u8 {
        if depth == 0 {
            key
        } else {
            ping(key, depth - 1) + 1
        }
    }
    assert_eq!(on_thread(|| ping(1, 6)), 7);
    assert_eq!(ping::peek(&1), Some(7));
}
