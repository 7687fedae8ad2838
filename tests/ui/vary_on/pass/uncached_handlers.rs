//! On handlers that are not cached the attributes add their headers.

#![deny(warnings)]

use axum::Router;
use axum::body::Body;
use axum::extract::{Json, Path, State};
use axum::http::{HeaderMap, Request};
use axum::response::IntoResponse;
use axum::routing::post;
use cache_core::{never_cache, vary_on};
use tower::ServiceExt;

#[vary_on(headers = ["Accept-Language", "User-Agent"], cookies = ["p"])]
async fn varied(State(_n): State<u8>, Path(slug): Path<String>, Json(body): Json<u32>) -> Result<String, String> {
    if body == 0 {
        Err("zero")?;
    }
    Ok(format!("{slug}{body}"))
}

#[never_cache]
#[vary_on(cookies)]
async fn never(mut headers: HeaderMap) -> impl IntoResponse {
    headers.clear();
    "never"
}

struct Views(u8);

#[never_cache]
impl Views {
    async fn both(State(n): State<u8>) -> String {
        Self(n).0.to_string()
    }
}

impl Views {
    #[vary_on(headers = ["Accept"], associated)]
    async fn alone() -> &'static str {
        "alone"
    }
}

async fn headers(path: &str) -> HeaderMap {
    let app = Router::new()
        .route("/varied/{slug}", post(varied))
        .route("/never", post(never))
        .route("/both", post(Views::both))
        .route("/alone", post(Views::alone))
        .with_state(1);
    let request = Request::post(path).header("content-type", "application/json").body(Body::from("1")).unwrap();
    let response = app.oneshot(request).await.unwrap();
    assert_eq!(response.status(), 200, "{path}");
    response.headers().clone()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(headers("/varied/x").await["vary"], "Accept-Language, User-Agent, Cookie");
    let both = headers("/never").await;
    assert_eq!(both["vary"], "Cookie");
    assert!(both["cache-control"].to_str().unwrap().contains("no-store"));
    assert!(headers("/both").await.contains_key("expires"));
    assert_eq!(headers("/alone").await["vary"], "Accept");
}
