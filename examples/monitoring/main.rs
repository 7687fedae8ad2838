//! How to watch caches: a bookshop with visitors of its own, whose caches do well and badly in six ways. The dashboard, Prometheus,
//! Grafana, the tools of browsers and a log show which is which, and why.
//!
//! ```sh
//! cargo run --example monitoring
//! prometheus --config.file=examples/monitoring/prometheus.yml    # then import examples/monitoring/grafana.json in Grafana
//! ```
#![allow(
    unreachable_pub,
    reason = "nothing outside of a program can reach it anyway"
)]

mod args;
mod metrics;
mod report;
mod shop;
mod visitors;

use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;

use axum::Router;
use axum::routing::get;
use cache_core::dashboard::Dashboard;
use cache_core::{Cache, CacheMonitor, Caches};
use lexopt::Parser;
use tokio::net::TcpListener;

use crate::args::Args;

#[tokio::main]
#[expect(
    clippy::print_stdout,
    reason = "help and a report that were asked for may go to a pager"
)]
async fn main() -> ExitCode {
    let outcome = match args::parse(Parser::from_env()) {
        Ok(Some(args)) => run(args).await,
        Ok(None) => Ok(args::HELP.to_owned()),
        Err(error) => Err(format!("{error} (see --help)")),
    };
    match outcome {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("monitoring: {message}");
            ExitCode::FAILURE
        }
    }
}

/// Serves until the visitors have asked for all that they were told to, then says how the caches did.
async fn run(args: Args) -> Result<String, String> {
    // Four live copies in front of bytes: small enough that the store is asked too.
    let authors = Cache::from_url("memory:?near=4").await;
    let authors = authors.map_err(|error| error.to_string())?;
    cache_core::install(Caches::default().with("authors", authors))
        .map_err(|error| error.to_string())?;
    let exporter = metrics::exporter().map_err(|error| error.to_string())?;
    log();

    // The monitor adds up what a request asks of caches, so it goes around all routes that ask.
    let monitor = CacheMonitor::new().with_server_timing();
    let watched = shop::routes().layer(monitor);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, args.port)).await;
    let listener =
        listener.map_err(|error| format!("cannot listen on port {}: {error}", args.port))?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;

    // The dashboard shows keys and can purge: a real service puts a login in front of it. Pages of other sites see nothing of it, even
    // if they let a name of theirs lead here.
    let hosts = ["127.0.0.1", "localhost"].map(|host| format!("{host}:{}", address.port()));
    let dashboard = Dashboard::new().with_purge().hosts(hosts).router();
    let app = Router::new()
        .route("/metrics", get(exporter))
        .nest("/_cache", dashboard)
        .merge(watched.clone());
    eprintln!("{}", welcome(address));
    // Events of the visitors would bury those of your own requests.
    let theirs = if args.events { watched } else { shop::routes() };
    tokio::select! {
        served = axum::serve(listener, app) => served.map_err(|error| error.to_string())?,
        () = visitors::come(&theirs, args.requests) => {}
    }
    Ok(report::of_all_sites())
}

/// What to open.
fn welcome(address: SocketAddr) -> String {
    format!(
        "The bookshop is at http://{address}/ and has visitors already.

  - http://{address}/_cache has the dashboard. After half a minute it says what is wrong with which cache.
  - http://{address}/books/1 is a page of the shop. Its caches are in the network panel of your browser, under
    `Timing`, and in the event that is printed here.
  - http://{address}/metrics is what Prometheus reads, with the configuration examples/monitoring/prometheus.yml.
  - Grafana imports examples/monitoring/grafana.json.

Press Ctrl+C to stop."
    )
}

/// Prints the events of the monitor, and warnings of functions that a request ran twice for nothing.
fn log() {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .init();
}
