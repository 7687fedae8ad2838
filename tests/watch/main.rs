//! What is seen of caches: on the dashboard, in events, in metrics and in findings.
#![allow(
    clippy::cast_precision_loss,
    clippy::float_cmp,
    reason = "the numbers of tests are small and whole"
)]
#![allow(
    clippy::items_after_statements,
    clippy::needless_pass_by_value,
    clippy::unwrap_used,
    clippy::used_underscore_binding,
    clippy::unnecessary_wraps,
    reason = "a cached function stands in the test that calls it, in the shapes that users write"
)]

mod culprits;
mod curves;
mod dashboard;
mod dashboard_secrets;
mod generated;
mod grafana;
mod metrics;
mod monitor;
mod promql;
mod purges;
mod random;
mod shop;
mod statuses;
mod support;
mod verified_pages;
mod verify_changes;
mod verify_faults;
mod verify_production;
mod verify_random;
mod why;
