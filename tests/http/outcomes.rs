//! What the attribute says of single calls and outcomes: `condition`, `unless`, `cache_err`.

use std::time::Duration;

use axum::Json;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use cache_core::cache_page;
use cache_core::testing::Clock;
use serde::Deserialize;

use crate::support::{assert_apart, assert_same, get, run, site};

#[derive(Deserialize)]
struct Listing {
    page: u32,
}

#[tokio::test]
async fn a_condition_skips_the_cache_for_one_call() {
    #[cache_page(ttl = "5m", condition = filter.page != 9)]
    async fn page(Query(filter): Query<Listing>) -> String {
        format!("{} run {}", filter.page, run())
    }
    let app = site(page);
    assert_same(&get(&app, "/?page=1").await, &get(&app, "/?page=1").await);
    let first = get(&app, "/?page=9").await;
    first.assert_bypassed("condition");
    assert_apart(&first, &get(&app, "/?page=9").await);
}

#[tokio::test]
async fn unless_leaves_an_answer_out() {
    #[cache_page(ttl = "5m", unless = |page: &Json<Vec<u64>>| page.0.is_empty())]
    async fn page(Query(filter): Query<Listing>) -> Json<Vec<u64>> {
        Json(if filter.page == 0 {
            vec![]
        } else {
            vec![run()]
        })
    }
    let app = site(page);
    get(&app, "/?page=1").await.assert_stored();
    get(&app, "/?page=0").await.assert_refused("unless");
    assert!(!get(&app, "/?page=0").await.is_hit());
}

struct Broken;

impl IntoResponse for Broken {
    fn into_response(self) -> Response {
        (StatusCode::NOT_FOUND, format!("broken {}", run())).into_response()
    }
}

type Fallible<T> = Result<T, Broken>;

#[tokio::test]
async fn an_error_is_not_kept_unless_the_page_says_so() {
    #[cache_page(ttl = "5m")]
    async fn strict() -> Fallible<String> {
        Err(Broken)
    }
    #[cache_page(ttl = "5m", cache_err = "10s")]
    async fn lenient() -> Fallible<String> {
        Err(Broken)
    }
    let clock = Clock::freeze();
    let app = site(strict);
    let first = get(&app, "/").await;
    first.assert_refused("error");
    assert_apart(&first, &get(&app, "/").await);
    let app = site(lenient);
    let first = get(&app, "/").await;
    first.assert_stored();
    clock.advance(Duration::from_secs(9));
    assert_same(&first, &get(&app, "/").await);
    clock.advance(Duration::from_secs(1));
    assert_apart(&first, &get(&app, "/").await);
}
