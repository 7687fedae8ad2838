//! What the dashboard does not show.

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use cache_core::dashboard::Dashboard;
use cache_core::testing::scope;
use cache_core::{Caches, cache_page, cached};
use http::Request;
use serde_json::Value;

use crate::support::{ask, json, mounted, site, text};

#[tokio::test]
async fn a_hidden_value_does_not_show_by_its_size() {
    #[cached(key = "hidden:{n}", shared)]
    fn is_admin(n: u64) -> bool {
        n == 1
    }
    #[cached(key = "hidden:pin:{n}", shared)]
    fn digits(n: u64) -> u64 {
        n
    }
    let work = async {
        let app = mounted(Dashboard::new());
        for n in [1, 2] {
            is_admin(n);
        }
        for n in [7, 77_777] {
            digits(n);
        }
        let mut sizes = Vec::new();
        for key in ["hidden:1", "hidden:2", "hidden:pin:7", "hidden:pin:77777"] {
            let entry = json(&app, &format!("entry?key={key}")).await;
            let shown = (&entry["found"], &entry["value"]);
            assert_eq!(shown, (&true.into(), &Value::Null), "{entry}");
            sizes.push(entry["size"].clone());
        }
        assert_eq!((&sizes[0], &sizes[2]), (&sizes[1], &sizes[3]), "{sizes:?}");
    };
    scope(Caches::new(), work).await;
}

#[tokio::test]
async fn a_token_in_a_query_is_no_more_shown_than_one_in_a_header() {
    #[cache_page(ttl = "1h")]
    async fn reset() -> &'static str {
        "x"
    }
    let pages = Router::new().route("/reset", get(reset));
    let app = pages.merge(mounted(Dashboard::new()));
    let request = Request::get("/reset?page=1&token=hunter2").header("host", "localhost");
    text(ask(&app, request.body(Body::empty()).unwrap()).await).await;
    let id = site(&app, "dashboard_secrets::reset").await;
    let detail = json(&app, &format!("site/{}", id["id"])).await;
    let shown = detail.to_string();
    assert!(!shown.contains("hunter2"), "{}", detail["recent"]);
    assert!(
        shown.contains("/reset?page=1&token=#"),
        "{}",
        detail["recent"]
    );
}
