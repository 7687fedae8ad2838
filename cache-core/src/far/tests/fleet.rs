//! The fleet in a simulation: processes with whole caches over one server that tells of changes, with faults, clocks that
//! differ, and clients.
//!
//! One seed makes all choices of a run: who acts next, how long everything takes, what goes wrong, what clients do. A run that
//! has seen what must not be shows its seed and what has happened, and the same seed does the same again:
//! `CACHE_SEED=7 cargo test -p cache-core --all-features --lib fleet`.

mod call;
mod changes;
mod client;
mod dice;
mod faults;
mod left_out;
mod link;
mod loads;
mod omissions;
mod process;
mod profiles;
mod races;
mod run;
mod seeds;
mod server;
mod shown;
mod state;
mod truth;
mod visits;
