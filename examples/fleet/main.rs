//! Three copies of the blog behind one door, over one Redis: one of them renders for all, an edit in one is seen in all at
//! once, and neither a killed copy nor a killed Redis costs a reader an answer.
//!
//! Run it with `cargo run --example fleet --features redis`. It starts a `redis-server` of its own.
#![allow(
    unreachable_pub,
    reason = "nothing outside of a program can reach it anyway"
)]
#![expect(clippy::print_stdout, reason = "what it shows is its result")]

mod client;
mod door;
mod processes;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::client::{Answer, get, post};
use crate::processes::{Process, blog, build_blog, free_port, redis};

const COPIES: usize = 3;
const READERS: usize = 300;
/// The post that is edited.
const POST: &str = "an-index-is-a-cache";
/// How long an edit may take to be seen, where nothing is broken.
const SEEN: Duration = Duration::from_secs(5);

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("fleet: {message}");
            ExitCode::FAILURE
        }
    }
}

/// A folder that is removed at the end.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed is left to the system.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

async fn run() -> Result<(), String> {
    let folder = Folder(std::env::temp_dir().join(format!("cache-fleet-{}", std::process::id())));
    std::fs::create_dir_all(&folder.0).map_err(|error| error.to_string())?;
    let port = free_port()?;
    let mut store = redis(port).await?;
    let (program, database) = (build_blog().await?, folder.0.join("blog.db"));
    let url = format!("redis://{}?prefix=blog", store.address);
    let mut copies = Vec::new();
    for _ in 0..COPIES {
        copies.push(blog(&program, &database, &url).await?);
    }
    let addresses: Vec<String> = copies.iter().map(|copy| copy.address.clone()).collect();
    let door = door::open(addresses.clone())
        .await
        .map_err(|error| error.to_string())?;
    println!("{COPIES} copies of the blog on one Redis, behind http://{door}/\n");

    one_renders_for_all(&door).await?;
    let session = log_in(&addresses[0]).await?;
    an_edit_is_seen(&addresses, &session, "Edited once").await?;
    a_copy_is_killed(&mut copies[1], &door).await?;
    redis_is_killed(&mut store, &door).await?;
    store = redis(port).await?;
    println!("Redis is started again, empty.");
    let left = [addresses[0].clone(), addresses[2].clone()];
    an_edit_is_seen(&left, &session, "Edited twice").await?;
    drop(store);
    println!("\nThat was all. Nobody got an error, and nobody an old page.");
    Ok(())
}

/// So many readers ask for the front page at the same time.
async fn readers(door: &str) -> Result<Vec<Answer>, String> {
    let mut asking = JoinSet::new();
    for _ in 0..READERS {
        let door = door.to_owned();
        asking.spawn(async move { get(&door, "/").await });
    }
    let answers: Result<Vec<_>, _> = asking.join_all().await.into_iter().collect();
    let answers = answers.map_err(|error| format!("a reader got no answer: {error}"))?;
    match answers.iter().find(|answer| answer.status != 200) {
        Some(answer) => Err(format!("a reader got the status {}", answer.status)),
        None => Ok(answers),
    }
}

async fn one_renders_for_all(door: &str) -> Result<(), String> {
    let start = Instant::now();
    let answers = readers(door).await?;
    let rendered: Vec<u64> = answers
        .iter()
        .map(Answer::queries)
        .filter(|queries| *queries > 0)
        .collect();
    println!(
        "{READERS} readers asked for the front page at once. {} of them had it rendered ({} SQL queries); all had it after {:.0?}.",
        rendered.len(),
        rendered.iter().sum::<u64>(),
        start.elapsed()
    );
    if rendered.len() == 1 {
        Ok(())
    } else {
        Err(format!("the page was rendered {} times", rendered.len()))
    }
}

/// The header of a session in which posts may be changed.
async fn log_in(copy: &str) -> Result<String, String> {
    let answer = post(copy, "/login", "", "name=ines&password=demo").await;
    let answer = answer.map_err(|error| error.to_string())?;
    let cookie = answer
        .header("set-cookie")
        .and_then(|cookie| cookie.split(';').next());
    let cookie = cookie.ok_or("the login was refused")?;
    Ok(format!("cookie: {cookie}\r\n"))
}

/// Changes a title in the first copy, and waits until all show it.
async fn an_edit_is_seen(copies: &[String], session: &str, title: &str) -> Result<(), String> {
    let page = format!("/post/{POST}");
    for copy in copies {
        // Each has the page in its memory.
        get(copy, &page).await.map_err(|error| error.to_string())?;
    }
    let form = format!(
        "title={}&category=databases&body=text&published=on",
        title.replace(' ', "+")
    );
    let saved = post(&copies[0], &format!("/editor{page}"), session, &form).await;
    let saved = saved.map_err(|error| error.to_string())?;
    if saved.status >= 400 {
        return Err(format!(
            "the edit was refused with the status {}",
            saved.status
        ));
    }
    let start = Instant::now();
    for copy in copies {
        while !shows(copy, &page, title).await? {
            if start.elapsed() > SEEN {
                return Err(format!("{copy} still shows the old title"));
            }
            sleep(Duration::from_millis(1)).await;
        }
    }
    println!(
        "An edit in one copy was seen in all {} after {:.1?}.",
        copies.len(),
        start.elapsed()
    );
    Ok(())
}

async fn shows(copy: &str, page: &str, title: &str) -> Result<bool, String> {
    let answer = get(copy, page).await.map_err(|error| error.to_string())?;
    Ok(answer.body.contains(title))
}

async fn a_copy_is_killed(copy: &mut Process, door: &str) -> Result<(), String> {
    copy.kill().await?;
    readers(door).await?;
    println!("A copy was killed. {READERS} readers had their page from the others.");
    Ok(())
}

async fn redis_is_killed(store: &mut Process, door: &str) -> Result<(), String> {
    store.kill().await?;
    let start = Instant::now();
    readers(door).await?;
    println!(
        "Redis was killed. {READERS} readers had their page after {:.0?}.",
        start.elapsed()
    );
    Ok(())
}
