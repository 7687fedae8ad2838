//! One mistake in an argument: the function and its handle are still there, and nothing is said of their uses.

use cache_core::{cache_page, cached};

#[cached(ttl = 5m, key = "n:{n}")]
fn number(n: u64) -> u64 {
    n
}

#[cached(size = 10)]
async fn read(text: &str) -> Option<String> {
    Some(text.to_owned())
}

struct Repo;

impl Repo {
    #[cached(kye = "{id}", skip(self))]
    fn find(&self, id: u64) -> u64 {
        id
    }
}

#[cached]
impl Repo {
    #[cached(ttl = "15min")]
    fn count(id: u64) -> u64 {
        id
    }
}

#[cache_page(ttl = "15min")]
async fn page() -> &'static str {
    "page"
}

#[tokio::main]
async fn main() {
    number::set(&1, 2);
    assert_eq!(number::peek(&1), Some(1));
    let _: u64 = number::refresh(1) + number(1) + number::uncached(1);
    let hits: u64 = number::stats().hits;
    number::invalidate(&1).into_result().unwrap();
    read::clear().await;
    let read: Option<Option<String>> = read::peek("x").await.map(|read| read.clone());
    let _ = (hits, read);
    let repo = Repo;
    assert_eq!(Repo::find_peek(&1), Some(1));
    assert_eq!(repo.find_refresh(1), repo.find(1));
    Repo::find_set(&1, 2);
    assert_eq!(Repo::count_peek(&1), Some(Repo::count(1)));
    page::invalidate_path("/").await.into_result().unwrap();
    page::uncached().await;
}
