//! Annotated functions and pages whose cache has a store. One binary, because caches are installed once.
#![allow(
    clippy::items_after_statements,
    clippy::unwrap_used,
    reason = "a cached function stands in the test that calls it, in the shapes that users write"
)]

mod adaptive;
mod blocking;
mod bounds;
mod builds;
mod cdn_tags;
mod drift;
mod everywhere;
mod expired;
mod failing;
mod fragments;
mod functions;
mod hands;
#[path = "../http/support.rs"]
#[allow(dead_code, reason = "it serves more tests than these")]
mod http;
mod locks;
mod named;
mod namespaces;
mod overtaken;
mod page_tags;
mod pages;
mod processes;
mod puts;
mod revalidate;

mod sets;
mod shapes;
mod shared_errors;
mod stale;
mod stale_entries;
mod stale_oracle;
mod stale_pages;
mod support;
mod types;
mod unconfirmed;
mod unkept;
mod waiting;
mod why;
