//! Keys: text that no other key renders to.

mod derived;
mod templates;
mod values;
