//! The visitors: a gentle load from inside of the process. Each run asks for the same.

use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::USER_AGENT;
use axum::http::{Method, Request};
use tokio::task::JoinSet;
use tower::ServiceExt;

use crate::shop::{BOOKS, CURRENCIES, SHELVES};

const VISITORS: u64 = 8;

/// The pause of a visitor between two requests: all together they ask 150 times a second.
const PAUSE: Duration = Duration::from_millis(50);

const WORDS: [&str; 6] = ["cats", "ghosts", "moon", "rust", "sea", "winter"];

/// Lets all visitors ask, until they have asked so often, or for ever.
pub async fn come(shop: &Router, requests: Option<u64>) {
    let mut visits = JoinSet::new();
    for number in 0..VISITORS {
        let mut numbers = Numbers(number);
        let shop = shop.clone();
        let share =
            requests.map(|requests| requests / VISITORS + u64::from(number < requests % VISITORS));
        visits.spawn(async move {
            let mut left = share;
            while left != Some(0) {
                ask(&shop, request(&mut numbers)).await;
                tokio::time::sleep(PAUSE).await;
                left = left.map(|left| left - 1);
            }
        });
    }
    visits.join_all().await;
}

/// Asks without a connection. A page is kept once its body was read to the end.
async fn ask(shop: &Router, request: Request<Body>) {
    let Ok(response) = shop.clone().oneshot(request).await;
    let _ = to_bytes(response.into_body(), usize::MAX).await;
}

/// What a visitor asks for next.
fn request(numbers: &mut Numbers) -> Request<Body> {
    let (method, path) = match numbers.below(100) {
        0..50 => (Method::GET, format!("/books/{}", numbers.below(BOOKS))),
        50..65 => (Method::GET, format!("/search?q={}", numbers.of(&WORDS))),
        65..80 => (Method::GET, format!("/rates/{}", numbers.of(&CURRENCIES))),
        80..90 => (Method::GET, format!("/shelves/{}", numbers.of(&SHELVES))),
        90..94 => (Method::POST, format!("/shelves/{}", numbers.of(&SHELVES))),
        _ => (Method::GET, "/".to_owned()),
    };
    // As browsers do it: a new build every few weeks, on each of some hundred systems.
    let agent = format!(
        "Mozilla/5.0 (System {}) Browser/{}.0.{}",
        numbers.below(300),
        100 + numbers.below(20),
        numbers.below(100)
    );
    let request = Request::builder().method(method).uri(path);
    let request = request.header(USER_AGENT, agent).body(Body::empty());
    request.expect("a path of letters, and an agent of ASCII")
}

/// Numbers without a pattern, the same in each run: `SplitMix64`.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        // The upper half of a product with a number of 32 bits is below that number.
        let drawn = ((mixed >> 32) * u64::from(end)) >> 32;
        u32::try_from(drawn).unwrap_or_default()
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(u32::try_from(all.len()).unwrap_or(u32::MAX)) as usize]
    }
}
