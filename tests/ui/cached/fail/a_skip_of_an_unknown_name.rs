//! Names that are no arguments.

use cache_core::cached;

#[cached(skip(bd, db, db))]
fn twice(db: &str, id: usize) -> usize {
    db.len() + id
}

#[cached(skip(bd, self))]
fn user(db: &str, id: usize) -> usize {
    db.len() + id
}

fn main() {}
