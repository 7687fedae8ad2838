//! `CachePageLayer` as clients and origins see it. Modules are named by subject; tests name the section of the RFC that they assert, or
//! the attack that they make.
#![allow(
    clippy::items_after_statements,
    clippy::match_bool,
    clippy::unwrap_used,
    reason = "a scripted origin stands in the test that asks it, in few lines, and is wrong only if the test is"
)]

mod support;

mod attacks;
mod breaking;
mod busy;
mod collapsing;
mod conditions;
mod failing;
mod freshness;
mod garbage;
mod groups;
mod indexes;
mod invalidation;
mod keys;
mod leaving;
mod methods;
mod no_load;
mod overtaken;
mod principals;
mod properties;
mod racing;
mod ranges;
mod reach;
mod requests;
mod routers;
mod routes;
mod stores;
mod storing;
mod streaming;
mod targeted;
mod unkeyed;
mod validation;
mod variants;
mod within;
