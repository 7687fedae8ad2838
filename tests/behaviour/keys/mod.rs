//! Keys: text that no other key renders to.

mod crates;
mod derived;
mod system;
mod templates;
mod values;
