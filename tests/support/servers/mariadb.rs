//! MariaDB.

use std::process::Command;
use std::sync::OnceLock;

use rustix::process::Signal;

use super::folder::{Folder, run};
use super::{Kind, Place, Server, programs};

static MARIADB: Kind = Kind {
    name: "mariadbd",
    url: |port| format!("mysql://root@127.0.0.1:{port}/cache"),
    prepare,
    command,
    answers,
    end: Signal::KILL,
};

/// A MariaDB with an empty database `cache` and a root without password.
///
/// # Panics
/// When `mariadbd` or `mariadb-install-db` is not installed or does not start.
pub fn mariadb() -> Server {
    Server::start(&MARIADB, &[])
}

fn prepare(place: &Place) {
    static EMPTY: OnceLock<Folder> = OnceLock::new();
    let empty = EMPTY.get_or_init(|| {
        let folder = Folder::new();
        let program = programs::find(&["mariadb-install-db", "mysql_install_db"]);
        let program = program.expect("mariadb-install-db is not installed");
        let mut command = folder.command(&program);
        command.args(["--no-defaults", "--skip-test-db", "--skip-name-resolve"]);
        command.arg("--auth-root-authentication-method=normal");
        command.arg(format!(
            "--datadir={}",
            folder.path().join("data").display()
        ));
        run(&mut command);
        folder
    });
    place.folder.copy(empty, "data");
    let first = "CREATE DATABASE IF NOT EXISTS cache;\n";
    std::fs::write(place.path("first.sql"), first).expect("the folder is ours");
}

fn command(place: &Place) -> Command {
    let program = programs::find(&["mariadbd", "mysqld"]).expect("mariadbd is not installed");
    let mut command = place.folder.command(&program);
    command.args(["--no-defaults", "--bind-address=127.0.0.1"]);
    command.arg(format!("--port={}", place.port));
    for (option, name) in [
        ("datadir", "data"),
        ("socket", "socket"),
        ("pid-file", "mariadbd.pid"),
        ("init-file", "first.sql"),
    ] {
        command.arg(format!("--{option}={}", place.path(name).display()));
    }
    command.args(["--skip-name-resolve", "--innodb-flush-log-at-trx-commit=0"]);
    command
}

fn answers(place: &Place, _: u32) -> bool {
    place.log().contains("ready for connections") && place.is_open()
}
