//! `cache_err`: errors are kept, with a ttl of their own.

use std::time::Duration;

use cache_core::cached;
use cache_core::testing::Clock;

use crate::support::{Runs, installed};

static RUNS: Runs = Runs::new();

#[cached(ttl = "1h", cache_err = "30s")]
fn plain(ok: bool) -> Result<usize, String> {
    let run = RUNS.run();
    if ok { Ok(run) } else { Err(run.to_string()) }
}

#[test]
fn an_error_is_a_hit_for_its_own_time_and_a_value_for_its_own() {
    installed();
    let clock = Clock::freeze();
    let (error, value) = (plain(false), plain(true));
    clock.advance(Duration::from_secs(29));
    assert_eq!((plain(false), plain(true)), (error.clone(), value.clone()));
    assert_eq!(plain::peek(&false), Some(error.clone()));
    clock.advance(Duration::from_secs(2));
    assert_ne!(plain(false), error);
    assert_eq!(plain(true), value);
}

#[tokio::test]
async fn the_same_for_async_functions_and_without_it_no_error_is_kept() {
    installed();
    static RUNS: Runs = Runs::new();
    #[cached(cache_err = minutes(1))]
    async fn kept() -> Result<usize, usize> {
        Err(RUNS.run())
    }
    #[cached]
    async fn passing() -> Result<usize, usize> {
        Err(RUNS.run())
    }
    let clock = Clock::freeze();
    assert_eq!((kept().await, kept().await), (Err(1), Err(1)));
    clock.advance(Duration::from_secs(61));
    assert_eq!(kept().await, Err(2));
    assert_eq!((passing().await, passing().await), (Err(3), Err(4)));
    assert_eq!(passing::peek().await, None);
}

#[test]
fn an_error_never_takes_the_place_of_a_good_value_by_refresh() {
    installed();
    static RUNS: Runs = Runs::new();
    #[cached]
    fn first_only() -> Result<usize, usize> {
        match RUNS.run() {
            1 => Ok(1),
            later => Err(later),
        }
    }
    assert_eq!(
        (first_only(), first_only::refresh(), first_only()),
        (Ok(1), Err(2), Ok(1))
    );
    assert_eq!(first_only::stats().errors, 1);
}
