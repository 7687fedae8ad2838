//! Names that are no arguments.

use cache_core::cached;

#[cached(skip(bd, db, db))]
fn twice(db: &str, id: u64) -> u64 {
    id
}

#[cached(skip(bd, self))]
fn user(db: &str, id: u64) -> u64 {
    id
}

fn main() {}
