//! A blog whose pages and expensive functions are cached by attributes.
//!
//! Run it with `cargo run --example blog`, and open the address that it prints. Pages outlive the program where a store keeps
//! them: `CACHE_URL=redis://127.0.0.1:6379 cargo run --example blog --features redis`.
#![allow(
    unreachable_pub,
    reason = "nothing outside of a program can reach it anyway"
)]

mod account;
mod api;
mod args;
mod assets;
mod caching;
mod counts;
mod db;
mod editor;
mod fill;
mod front_matter;
mod markdown;
mod messages;
mod negotiate;
mod pages;
mod pagination;
mod posts;
mod preferences;
mod problem;
mod render;
mod routes;
mod stats;
#[cfg(test)]
mod tests;
mod texts;
mod theme;
mod work;
mod writing;

use std::net::SocketAddr;
use std::process::ExitCode;

use tokio::net::TcpListener;

use crate::args::Args;
use crate::db::Db;

#[tokio::main]
#[expect(
    clippy::print_stdout,
    reason = "help that was asked for may go to a pager"
)]
async fn main() -> ExitCode {
    let outcome = match args::parse(lexopt::Parser::from_env()) {
        Ok(Some(args)) => run(args).await,
        Ok(None) => {
            print!("{}", args::HELP);
            Ok(())
        }
        Err(error) => Err(Fault::Asked(format!("{error} (see --help)"))),
    };
    let (message, code) = match outcome {
        Ok(()) => return ExitCode::SUCCESS,
        Err(Fault::Asked(message)) => (message, ExitCode::from(2)),
        Err(Fault::Met(message)) => (message, ExitCode::FAILURE),
    };
    eprintln!("blog: {message}");
    code
}

/// Why the blog ends.
enum Fault {
    /// What it was asked for on the command line or in the environment makes no sense.
    Asked(String),
    /// What it was asked for cannot be done.
    Met(String),
}

impl From<String> for Fault {
    fn from(message: String) -> Self {
        Self::Met(message)
    }
}

/// What to open, and what to try.
fn welcome(address: SocketAddr, caching: &str) -> String {
    format!(
        "The blog is at http://{address}/ and {caching}.

Things to try:
  - Reload a page. The label at its top turns from MISS to HIT, and the SQL queries are gone.
  - Open http://{address}/stats to see the hit rate and how many SQL queries were saved.
  - Log in at http://{address}/login and edit a post. Only the pages that show it are rendered again.
  - Start with --no-cache to compare (cargo run --example blog -- --no-cache).

Press Ctrl+C to stop."
    )
}

async fn run(args: Args) -> Result<(), Fault> {
    let Args {
        listen,
        db: path,
        posts,
        no_cache,
    } = args;
    let listener = TcpListener::bind(&listen).await.map_err(|error| {
        format!("cannot listen on {listen}: {error} (choose another address with --listen ADDR)")
    })?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;

    let caching = caching::install(no_cache)
        .await
        .map_err(|error| Fault::Asked(error.to_string()))?;
    let db = Db::open(&path)
        .map_err(|error| format!("cannot open the database {}: {error}", path.display()))?;
    fill::with_shipped_posts(&db).await?;
    if let Some(directory) = posts {
        fill::with_directory(&db, &directory).await?;
    }

    eprintln!("{}", welcome(address, &caching));
    axum::serve(listener, routes::router(db))
        .await
        .map_err(|error| Fault::Met(error.to_string()))
}
