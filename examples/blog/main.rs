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
mod negotiate;
mod pages;
mod pagination;
mod posts;
mod preferences;
mod problem;
mod render;
mod routes;
#[cfg(test)]
mod tests;
mod work;
mod writing;

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
        Err(error) => Err(Fault::Asked(format!("{error} (--help lists the options)"))),
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

async fn run(args: Args) -> Result<(), Fault> {
    let Args {
        listen,
        db: path,
        posts,
        no_cache,
    } = args;
    let listener = TcpListener::bind(&listen).await.map_err(|error| {
        format!("cannot listen on {listen}: {error} (--listen ADDR names another place)")
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

    eprintln!(
        "The blog {caching}. Open http://{address}/ and see the work that each page took in its footer."
    );
    axum::serve(listener, routes::router(db))
        .await
        .map_err(|error| Fault::Met(error.to_string()))
}
