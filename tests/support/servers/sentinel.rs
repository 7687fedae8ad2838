//! Redis Sentinel.

use std::process::Command;

use rustix::process::Signal;

use super::redis::{answers, ask};
use super::{Kind, Place, Server, programs};

static SENTINEL: Kind = Kind {
    name: "redis-server --sentinel",
    url: |port| format!("redis+sentinel://127.0.0.1:{port}/main"),
    prepare,
    command,
    answers,
    end: Signal::KILL,
};

/// A Sentinel that watches a primary as the service `main`, and decides alone.
///
/// # Panics
/// When `redis-server` is not installed or does not start.
pub fn sentinel(primary: &Server) -> Server {
    let server = Server::start(&SENTINEL, &[]);
    let port = primary.port().to_string();
    for words in [
        &["SENTINEL", "MONITOR", "main", "127.0.0.1", &port, "1"][..],
        &["SENTINEL", "SET", "main", "down-after-milliseconds", "1000"],
        &["SENTINEL", "SET", "main", "failover-timeout", "5000"],
    ] {
        ask(server.port(), words).unwrap_or_else(|error| panic!("{words:?}: {error}"));
    }
    server
}

/// The file is writable, because it saves what it learns.
fn prepare(place: &Place) {
    let mut touch = place.folder.command("touch".as_ref());
    super::folder::run(touch.arg("sentinel.conf"));
}

fn command(place: &Place) -> Command {
    let program = programs::find(&["redis-server"]).expect("redis-server is not installed");
    let mut command = place.folder.command(&program);
    command.args(["sentinel.conf", "--sentinel", "--bind", "127.0.0.1"]);
    command.args(["--port", &place.port.to_string()]);
    command.arg("--dir").arg(place.folder.path());
    command
}
