//! PostgreSQL.

use std::process::Command;
use std::sync::OnceLock;

use rustix::process::Signal;

use super::folder::{Folder, run};
use super::{Kind, Place, Server, programs};

const USER: &str = "cache";

static POSTGRES: Kind = Kind {
    name: "postgres",
    url: |port| format!("postgres://{USER}@127.0.0.1:{port}/postgres"),
    prepare,
    command,
    answers,
    // If it were killed, it would leave shared memory on the machine.
    end: Signal::QUIT,
};

/// A PostgreSQL without passwords and without `fsync`.
///
/// # Panics
/// When `postgres` or `initdb` is not installed or does not start.
pub fn postgres() -> Server {
    postgres_with(&[])
}

/// A PostgreSQL with further arguments, such as `["-c", "fsync=on"]`.
///
/// # Panics
/// When `postgres` or `initdb` is not installed or does not start.
pub fn postgres_with(arguments: &[&str]) -> Server {
    Server::start(&POSTGRES, arguments)
}

/// Copies the data of an empty server, which is ten times as fast as `initdb`.
fn prepare(place: &Place) {
    static EMPTY: OnceLock<Folder> = OnceLock::new();
    let empty = EMPTY.get_or_init(|| {
        let folder = Folder::new();
        let program = programs::find(&["initdb"]).expect("initdb (PostgreSQL) is not installed");
        let mut command = folder.command(&program);
        command.args(["-D", "data", "-A", "trust", "-U", USER, "-N"]);
        run(command.args(["-E", "UTF8", "--locale", "C"]));
        folder
    });
    place.folder.copy(empty, "data");
}

fn command(place: &Place) -> Command {
    let program = programs::find(&["postgres"]).expect("postgres is not installed");
    let mut command = place.folder.command(&program);
    command.args(["-D", "data", "-h", "127.0.0.1", "-k", "."]);
    command.args(["-p", &place.port.to_string()]);
    let settings = ["fsync=off", "dynamic_shared_memory_type=mmap"];
    command.args(settings.iter().flat_map(|setting| ["-c", setting]));
    command
}

/// It writes to a file that it is ready, after it has opened its port.
fn answers(place: &Place, process: u32) -> bool {
    let file = std::fs::read_to_string(place.path("data/postmaster.pid")).unwrap_or_default();
    let lines: Vec<&str> = file.lines().map(str::trim).collect();
    lines.first().is_some_and(|id| *id == process.to_string())
        && lines.get(7) == Some(&"ready")
        && place.is_open()
}
