//! What people look at: pages in a real browser, and the dashboard for Grafana over a real Prometheus. All tests are in the module of
//! what they need, by which they are left out where there is none.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    reason = "only `#[test]` functions are allowed to by default, not what they call"
)]

mod browser;
mod prometheus;
