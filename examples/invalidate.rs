//! Invalidation: by tags, by namespace, and in a batch that waits for the commit.
//!
//! Run it with `cargo run --example invalidate`.
#![allow(clippy::print_stdout, reason = "showing its answers is what it is for")]

use cache_core::{Change, Invalidates, Invalidation, cache, cached, invalidates, on_change, tag};

#[derive(Clone)]
struct Book {
    id: u64,
    shelf: &'static str,
}

/// What a change of a book makes stale, in one place.
impl Invalidates for Book {
    fn stale(&self, change: Change, out: &mut Invalidation) {
        out.tag(tag!("shelf:{self.shelf}"));
        if !change.created() {
            out.tag(tag!("book:{self.id}"));
        }
    }
}

#[cached(tags("book:{id}"))]
fn page(id: u64) -> String {
    println!("    loading the page of book {id}");
    format!("book {id}")
}

/// It calls `page`, so it carries that book's tag as well as its own.
#[cached(tags("shelf:{name}"))]
fn shelf(name: &str) -> String {
    println!("    loading the shelf {name}");
    format!("{name}, with {}", page(1))
}

#[cached(key = "prices:{id}", namespace = "shop:{shop}")]
fn price(shop: &str, id: u64) -> u64 {
    println!("    loading the price of book {id} in {shop}");
    id * 10
}

/// Invalidates on `Ok` only.
#[invalidates(namespace = "shop:{shop}")]
fn import(shop: &str, file: Option<&str>) -> Result<(), String> {
    file.map(drop).ok_or(format!("no prices for {shop}"))
}

fn ask(why: &str) {
    println!("{why}:");
    let before = loads();
    page(1);
    shelf("new");
    shelf("old");
    price("Oslo", 1);
    price("Rome", 1);
    if loads() == before {
        println!("    nothing is loaded: every answer comes from the cache");
    }
}

/// How often a function has run for the cache.
fn loads() -> u64 {
    cache_core::sites().map(|site| site.stats().loads).sum()
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    on_change::<Book>(|book, change| println!("    on_change: book {} ({change:?})", book.id));
    ask("First calls, with an empty cache");
    ask("The same calls again");

    let before = Book {
        id: 2,
        shelf: "new",
    };
    let after = Book {
        shelf: "old",
        ..before.clone()
    };
    let mut batch = cache().batch();
    batch.changed(&before, Change::Saved);
    drop(batch);
    ask("After a batch that was dropped, as in a rollback");

    let mut batch = cache().batch();
    batch
        .changed(&before, Change::Saved)
        .changed(&after, Change::Saved);
    batch.commit().await?;
    ask("After book 2 moved, which changes both shelves");

    cache_core::invalidate_tag("book:1").await?;
    ask("After `invalidate_tag(\"book:1\")`, which all that shows book 1 carries");

    if let Err(error) = import("Oslo", None) {
        ask(&format!("After an import that failed ({error})"));
    }
    import("Oslo", Some("prices.csv"))?;
    ask("After an import that succeeded, which changes all prices of that shop");
    Ok(())
}
