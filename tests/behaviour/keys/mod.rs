//! Keys: different ones render different text.

mod crates;
mod derived;
mod system;
mod templates;
mod values;
