//! The behaviour of functions under `#[cached]`, through the public API.

#![allow(
    clippy::items_after_statements,
    clippy::many_single_char_names,
    clippy::needless_pass_by_value,
    clippy::option_option,
    clippy::too_many_arguments,
    clippy::trivially_copy_pass_by_ref,
    clippy::unnecessary_operation,
    clippy::unnecessary_wraps,
    clippy::unused_self,
    clippy::unwrap_used,
    reason = "a cached function stands in the test that calls it, in the shapes that users write"
)]

mod support;

mod adaptive;
mod batch;
mod cache;
mod cache_err;
mod cache_put;
mod callbacks;
mod capacity;
mod clearing;
mod condition;
mod counted;
mod dependencies;
mod events;
mod failures;
mod fragments;
mod generics;
mod handle;
mod hostile;
mod impl_blocks;
mod inputs;
mod invalidates;
mod invalidation;
mod key;
mod keys;
mod methods;
mod namespaces;
mod panics;
mod planted;
mod recursion;
mod refresh;
mod results;
mod revalidate;
mod scopes;
mod set;
mod skip;
mod stale;
mod stale_apart;
mod stale_nested;
mod stale_oracle;
mod stale_refresh;
mod stale_shapes;
mod stampede;
mod stuck;
mod tags;
mod ttl;
mod ttl_over_old;
mod unless;
mod verify;
mod verify_limits;
mod verify_sampled;
mod why;
