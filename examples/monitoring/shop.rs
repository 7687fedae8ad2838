//! The bookshop: what it caches, and what is wrong with it.

use std::time::Duration;

use axum::Router;
use axum::extract::Path;
use axum::http::HeaderMap;
use axum::http::header::USER_AGENT;
use axum::response::Html;
use axum::routing::get;
use cache_core::{cache_page, cached, invalidates, vary_on};
use serde::Deserialize;

/// How many books there are.
pub const BOOKS: u32 = 40;
/// How many authors have written them.
pub const AUTHORS: u32 = 13;
pub const CURRENCIES: [&str; 20] = [
    "AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HUF", "ILS", "INR", "JPY",
    "KRW", "MXN", "NOK", "NZD", "PLN", "SEK", "ZAR",
];
pub const SHELVES: [&str; 4] = ["crime", "poetry", "science", "travel"];

/// All pages.
pub fn routes() -> Router {
    Router::new()
        .route("/", get(bestsellers))
        .route("/books/{book}", get(book))
        .route("/search", get(search))
        .route("/shelves/{shelf}", get(shelf).post(restock))
        .route("/rates/{currency}", get(rate))
}

/// Stands for a query or a call of another service.
async fn work(milliseconds: u64) {
    tokio::time::sleep(Duration::from_millis(milliseconds)).await;
}

/// `GET /books/{book}`: a page that is made anew each time, of parts that are cached.
async fn book(Path(book): Path<u32>) -> Html<String> {
    let (author, price) = (author(book % AUTHORS).await, price(book).await);
    let cover = cover(book).await;
    Html(format!(
        "<h1>Book {book}</h1><p>by {author}, {price} cents</p>{cover}"
    ))
}

/// **Healthy**: few books, and prices that hold for minutes.
#[cached(ttl = "10m")]
async fn price(book: u32) -> u32 {
    work(2).await;
    900 + book * 37
}

/// **Too small**: there are more books than it keeps, so that it evicts what is asked for next. The dashboard draws how much more
/// would hit with another `capacity`; 40 are enough.
#[cached(capacity = 24)]
async fn cover(book: u32) -> String {
    work(5).await;
    format!("<svg><text>{book}</text></svg>")
}

/// **In a store**: the few that are in memory hit in no time, and the others after a round trip.
#[cached(key = "author:{id}", cache = "authors", ttl = "30s")]
async fn author(id: u32) -> String {
    work(3).await;
    format!("Author {id}")
}

/// `GET /rates/{currency}`
async fn rate(Path(currency): Path<String>) -> String {
    let rate = exchange_rate(&currency).await;
    format!("1 {currency} is {rate} cents")
}

/// **Too short**: rates are set once a day, and kept for a second. Most have ended when they are asked for again.
#[cached(ttl = "1s")]
async fn exchange_rate(currency: &str) -> u32 {
    work(4).await;
    currency.bytes().map(u32::from).sum()
}

/// What `/search` is asked for.
#[derive(Deserialize)]
struct Search {
    q: String,
}

/// `GET /search?q=`. **Shattered**: the page asks for one word of `User-Agent`, but is keyed by all of it, and hardly two visitors
/// send the same: each misses what was kept for another. `#[vary_on(device)]` would tell phones from others with three keys.
#[cache_page(ttl = "5m", query = ["q"])]
#[vary_on(headers = ["User-Agent"])]
async fn search(
    axum::extract::Query(Search { q }): axum::extract::Query<Search>,
    headers: HeaderMap,
) -> Html<String> {
    work(4).await;
    let agent = headers
        .get(USER_AGENT)
        .map_or(&b""[..], |agent| agent.as_bytes());
    let is_phone = agent.windows(6).any(|word| word == b"Mobile");
    let per_page = if is_phone { 10 } else { 50 };
    Html(format!("<p>{per_page} results for {q:?}</p>"))
}

/// `GET /shelves/{shelf}`. **Invalidated**: each sale changes a shelf, and its page with it. The dashboard names the function that
/// did it. As long as pages must be right, that is what they cost.
#[cache_page(ttl = "10m", tags("shelf:{shelf}"))]
async fn shelf(Path(shelf): Path<String>) -> Html<String> {
    work(6).await;
    Html(format!("<h1>{shelf}</h1>"))
}

/// `POST /shelves/{shelf}`
#[invalidates(tags("shelf:{shelf}"))]
async fn restock(Path(shelf): Path<String>) -> String {
    format!("{shelf} has new books\n")
}

/// `GET /`
async fn bestsellers() -> Html<String> {
    Html(best_of_the_week().await)
}

/// **Slow**: it hits nearly always, and still visitors wait, all at the same time, whenever it has ended. The time that its hits save
/// is the most of all. `stale_while_revalidate = "1m"` would let nobody wait.
#[cached(ttl = "3s")]
async fn best_of_the_week() -> String {
    work(400).await;
    "<h1>Bestsellers</h1>".to_owned()
}
