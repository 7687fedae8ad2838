//! A layer in front of a whole site.

#[path = "../http/support.rs"]
#[allow(
    dead_code,
    unused_imports,
    reason = "that of pages, of which these tests use a part"
)]
mod support;

mod around;
mod attacks;
mod failing_sites;
mod keys;
mod properties;
mod rewrites;
mod whole_sites;
