//! A caching reverse proxy on `CachePageLayer`: HTTP/1.1 and HTTP/2 in front of an origin, as a shared cache.
//!
//! ```sh
//! cargo run --release --example edge -- --origin http://127.0.0.1:8000 --listen 127.0.0.1:8080
//! ```
#![allow(
    unreachable_pub,
    reason = "nothing outside of a program can reach it anyway"
)]

mod args;
mod interim;
mod origin;
mod server;

use std::process::ExitCode;

use cache_core::{Cache, CachePageLayer, Caches, HttpMode};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use lexopt::Parser;
use tokio::net::TcpListener;

use crate::args::{Args, HELP, Profile};
use crate::origin::Origin;

#[tokio::main]
async fn main() -> ExitCode {
    match args::parse(Parser::from_env()) {
        Ok(Some(args)) => match run(args).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(message) => failed(&message),
        },
        Ok(None) => {
            eprint!("{HELP}");
            ExitCode::SUCCESS
        }
        Err(error) => failed(&format!("{error}; see --help")),
    }
}

fn failed(message: &str) -> ExitCode {
    eprintln!("edge: {message}");
    ExitCode::FAILURE
}

async fn run(args: Args) -> Result<(), String> {
    let cache = Cache::from_url(&args.cache).await;
    let cache = cache.map_err(|error| format!("{}: {error}", args.cache))?;
    cache_core::install(Caches::default().with("default", cache))
        .map_err(|error| error.to_string())?;
    let client = Client::builder(TokioExecutor::new()).build_http();
    let origin = Origin::new(client, args.origin.clone());
    let listener = TcpListener::bind(&args.listen).await;
    let listener = listener.map_err(|error| format!("{}: {error}", args.listen))?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let profile = match args.profile {
        Profile::Safe => "safe",
        Profile::Rfc => "rfc",
    };
    eprintln!(
        "edge: http://{address} -> {} (profile {profile})",
        args.origin
    );
    server::serve(listener, layer(&args), origin).await;
    Ok(())
}

/// The cache between the clients and the origin.
fn layer(args: &Args) -> CachePageLayer<HttpMode> {
    let layer = CachePageLayer::shared()
        .named("edge")
        .body_limit(args.limit);
    match args.profile {
        Profile::Safe => layer,
        Profile::Rfc => layer.to_the_letter(),
    }
}
