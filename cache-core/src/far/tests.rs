//! The protocol, over a store that has every schedule and every fault: processes of one store are run in every order
//! within bounds, with calls that fail before or after their effect, keys that are dropped, futures that are dropped, and
//! stores that go back in time.
//!
//! Everywhere the same must hold: **a call that begins after an invalidation was acknowledged never gives a value whose
//! load began before that invalidation began**; of a process that could not deliver an invalidation, none that begins
//! after it has failed or was dropped.
#![allow(
    clippy::redundant_closure_for_method_calls,
    clippy::type_complexity,
    clippy::unwrap_used,
    clippy::enum_glob_use,
    reason = "a model reads as a table of who does what, and ends at what must not be"
)]

mod calls;
mod explorer;
#[cfg(feature = "tokio")]
mod fleet;
mod ledger;
mod lives;
mod naive;
mod near;
mod protocol;
mod sets;
mod sites;
mod strict;
mod threads;
mod trips;
mod world;
