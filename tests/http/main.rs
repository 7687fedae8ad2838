//! Pages as clients see them. Modules are named by subject; what a test defends against, where it is a known attack, is
//! named in its text.

mod support;

mod answers;
mod arguments;
mod asked_for;
mod bodies;
mod cache_control;
mod cache_control_pages;
mod cdn_purges;
mod cdn_tags;
mod choices;
mod clients;
mod coalescing;
mod conditional;
mod conditional_beside;
mod conditional_changes;
mod conditions;
mod disguises;
mod downstream;
mod export;
mod failing;
mod fragments;
mod guards;
mod hosts;
mod invalidation;
mod limits;
mod messages;
mod methods;
mod outcomes;
mod paths;
mod policy;
mod reloads;
mod rewrites;
mod routes;
mod scopes;
mod slow;
mod snapshot;
mod stale;
mod tags;
mod targets;
mod terms;
mod times;
mod variants;
mod wire;
mod within;
