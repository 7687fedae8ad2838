//! Pages with rules about stale answers.

use axum::Router;
use axum::extract::{FromRequestParts, Path, Query, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::routing::get;
use cache_core::cache_page;
use std::time::Duration;

struct Member;

impl<S: Sync> FromRequestParts<S> for Member {
    type Rejection = StatusCode;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        Ok(Self)
    }
}

fn settings() -> Duration {
    Duration::from_secs(60)
}

#[cache_page(
    ttl = "5m",
    refresh_ahead = 0.8,
    stale_while_revalidate = "1m",
    stale_if_error = settings(),
    soft_timeout = "200ms",
    hard_timeout = 2,
    jitter = 0.1,
    condition = id != 0
)]
async fn all(State(db): State<u64>, Path(id): Path<u64>, query: Query<()>) -> Result<String, StatusCode> {
    let _ = query;
    Ok(format!("{db} {id}"))
}

#[cache_page(ttl = "5m", guard(_member), stale_if_error = "6h", jitter = 0.1)]
async fn guarded(_member: Member) -> &'static str {
    "for members"
}

#[cache_page(key = "post:{id}", ttl = "5m", stale_if_error = "6h")]
async fn keyed(Path(id): Path<u64>) -> String {
    id.to_string()
}

struct Site;

#[cache_page]
impl Site {
    const WINDOW: Duration = Duration::from_secs(60);

    #[cache_page(ttl = "5m", stale_while_revalidate = Self::WINDOW)]
    async fn page() -> &'static str {
        "in a block"
    }
}

fn main() {
    let _: Router<u64> = Router::new()
        .route("/{id}", get(all))
        .route("/members", get(guarded))
        .route("/keyed/{id}", get(keyed))
        .route("/block", get(Site::page));
}
