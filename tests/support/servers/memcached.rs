//! Memcached.

use std::io::{self, BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use rustix::process::Signal;

use super::{Kind, Place, Server, ports, programs};

/// An answer that takes longer is none.
const ANSWER: Duration = Duration::from_secs(5);

static MEMCACHED: Kind = Kind {
    name: "memcached",
    url: |port| format!("memcached://127.0.0.1:{port}"),
    prepare: |_| {},
    command,
    answers,
    end: Signal::KILL,
};

/// Plain on its port, and TLS on the one that the file says.
static MEMCACHED_TLS: Kind = Kind {
    prepare: |place| {
        let port = ports::free().to_string();
        std::fs::write(place.path(TLS_PORT), port).expect("the folder is ours");
    },
    command: |place| {
        let port = std::fs::read_to_string(place.path(TLS_PORT)).expect("it was written");
        let both = format!("notls:127.0.0.1:{},127.0.0.1:{port}", place.port);
        let mut command = program(place);
        command.args(["-l", &both]);
        command
    },
    ..MEMCACHED
};

const TLS_PORT: &str = "tls-port";

/// A Memcached with 64 MB.
///
/// # Panics
/// When `memcached` is not installed or does not start.
pub fn memcached() -> Server {
    memcached_with(&[])
}

/// A Memcached with further arguments, such as `["-m", "2"]`.
///
/// # Panics
/// When `memcached` is not installed or does not start.
pub fn memcached_with(arguments: &[&str]) -> Server {
    Server::start(&MEMCACHED, arguments)
}

/// A Memcached with further arguments, and the port on which it speaks TLS.
pub(super) fn over_tls(arguments: &[&str]) -> (Server, u16) {
    let server = Server::start(&MEMCACHED_TLS, arguments);
    let port = std::fs::read_to_string(server.folder().join(TLS_PORT)).expect("it was written");
    let port = port.parse().expect("it is a port");
    (server, port)
}

fn command(place: &Place) -> Command {
    let mut command = program(place);
    command.args(["-l", "127.0.0.1", "-p", &place.port.to_string()]);
    command
}

fn program(place: &Place) -> Command {
    let program = programs::find(&["memcached"]).expect("memcached is not installed");
    let mut command = place.folder.command(&program);
    command.args(["-U", "0"]);
    command
}

fn answers(place: &Place, process: u32) -> bool {
    let id = format!("STAT pid {process}");
    stats(place.port).is_ok_and(|stats| stats.lines().any(|line| line == id))
}

/// What the Memcached on a port of `127.0.0.1` says of itself: lines such as `STAT cmd_get 3`.
///
/// # Errors
/// When it is not reached or says nothing for five seconds.
pub fn stats(port: u16) -> io::Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(ANSWER))?;
    stream.write_all(b"stats\r\n")?;
    let mut stats = String::new();
    for line in BufReader::new(stream).lines() {
        match line? {
            end if end == "END" => return Ok(stats),
            line => stats += &(line + "\n"),
        }
    }
    Err(io::ErrorKind::UnexpectedEof.into())
}
