//! What a change makes stale: tags, a namespace, and a batch that waits for the commit.
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
    println!("    load the page of book {id}");
    format!("book {id}")
}

/// It shows a book, so it carries that book's tag as well as its own.
#[cached(tags("shelf:{name}"))]
fn shelf(name: &str) -> String {
    println!("    load the shelf {name}");
    format!("{name}, with {}", page(1))
}

#[cached(key = "prices:{id}", namespace = "shop:{shop}")]
fn price(shop: &str, id: u64) -> u64 {
    println!("    load the price of book {id} in {shop}");
    id * 10
}

/// An `Err` makes nothing stale.
#[invalidates(namespace = "shop:{shop}")]
fn import(shop: &str, file: Option<&str>) -> Result<(), String> {
    file.map(drop).ok_or(format!("no prices for {shop}"))
}

fn ask(why: &str) {
    println!("{why}:");
    page(1);
    shelf("new");
    shelf("old");
    price("Oslo", 1);
    price("Rome", 1);
}

#[tokio::main]
async fn main() -> cache_core::Result<()> {
    on_change::<Book>(|book, change| println!("    told: book {} is {change:?}", book.id));
    ask("at first everything is loaded");
    ask("then nothing is");

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
    ask("a batch that is dropped, as in a rollback, makes nothing stale");

    let mut batch = cache().batch();
    batch
        .changed(&before, Change::Saved)
        .changed(&after, Change::Saved);
    batch.commit().await?;
    ask("a book that moved has changed both shelves, and no other page");

    cache_core::invalidate_tag("book:1").await?;
    ask("what shows book 1 is loaded again");

    let failed = import("Oslo", None).is_err();
    ask(&format!(
        "an import that failed ({failed}) makes nothing stale"
    ));
    let done = import("Oslo", Some("prices.csv")).is_ok();
    ask(&format!(
        "one that did not ({done}) makes all prices of that shop stale"
    ));
    Ok(())
}
