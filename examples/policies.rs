//! What browsers and a CDN may keep of a site of documentation, and for how long: six policies, each an attribute on its handlers. docs.rs
//! has these policies, by hand.
//!
//! Run it with `cargo run --example policies`. It asks for a page of each policy, and prints what their answers say.
#![allow(clippy::print_stdout, reason = "showing its answers is what it is for")]

use std::error::Error;

use axum::extract::{Path, Request};
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::routing::get;
use axum::{Router, body::Body};
use cache_core::{Event, cache_control, cache_page, never_cache};
use tower::ServiceExt;

/// Asked for again by everybody: the newest results at once.
#[cache_control(max_age = 0)]
async fn search() -> &'static str {
    "results"
}

/// On no disk, not even on that of its reader.
#[never_cache]
async fn settings() -> &'static str {
    "settings"
}

/// A minute old at most, so that a rush is one request.
#[cache_control(public, max_age = 60)]
async fn releases() -> &'static str {
    "releases"
}

/// Another build has another name: nobody has to ask again.
#[cache_control(public, max_age = "360d", immutable)]
async fn asset(Path(name): Path<String>) -> String {
    name
}

/// Until a build of the crate purges it, in the CDN. Browsers ask each time.
#[cache_page(ttl = "1h", tags("crate:{name}"))]
#[cache_control(max_age = 0, cdn = "1y")]
async fn latest(Path(name): Path<String>) -> String {
    format!("the latest version of {name}")
}

/// The same, but a browser shows what it has while it asks.
#[cache_page(ttl = "1h", tags("crate:{name}"))]
#[cache_control(max_age = 0, stale_while_revalidate = "1d", cdn = "1y")]
async fn docs(Path((name, version)): Path<(String, String)>) -> Result<String, StatusCode> {
    if version == "0.0.0" {
        return Err(StatusCode::NOT_FOUND);
    }
    Ok(format!("{name} {version}"))
}

fn site() -> Router {
    Router::new()
        .route("/search", get(search))
        .route("/settings", get(settings))
        .route("/releases", get(releases))
        .route("/assets/{name}", get(asset))
        .route("/{name}/latest", get(latest))
        .route("/{name}/{version}", get(docs))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // Where a service would tell its CDN, which knows the pages of a tag.
    cache_core::subscribe(|event| {
        if let Event::Invalidated(stale) = event {
            for tag in stale.tags() {
                println!("purge {}", String::from_utf8_lossy(tag.as_bytes()));
            }
        }
    });
    let site = site();
    println!("{:<17} {:<55} CDN-Cache-Control", "", "Cache-Control");
    for path in [
        "/search",
        "/settings",
        "/releases",
        "/assets/a81f.css",
        "/tokio/latest",
        "/tokio/1.54.1",
        // An error does not get the policy of its page.
        "/tokio/0.0.0",
    ] {
        let request = Request::get(path).body(Body::empty())?;
        let answer = site.clone().oneshot(request).await?;
        let says = |name: &str| {
            let value = answer.headers().get(name);
            value.map_or("", |value| value.to_str().unwrap_or("?"))
        };
        let (browser, cdn) = (says(CACHE_CONTROL.as_str()), says("cdn-cache-control"));
        let line = format!("{path:<17} {browser:<55} {cdn}");
        println!("{}", line.trim_end());
    }
    cache_core::invalidate_tag("crate:tokio").await?;
    Ok(())
}
