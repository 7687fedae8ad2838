//! Redis.

use std::io::{self, BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use rustix::process::Signal;

use super::{Kind, Place, Server, programs};

/// An answer that takes longer is none.
const ANSWER: Duration = Duration::from_secs(5);

static REDIS: Kind = Kind {
    name: "redis-server",
    url: |port| format!("redis://127.0.0.1:{port}/0"),
    prepare: |_| {},
    command,
    answers,
    end: Signal::KILL,
};

/// A Redis that writes nothing to disk except by `SAVE`, whose data `start_again` finds.
///
/// # Panics
/// When `redis-server` is not installed or does not start.
pub fn redis() -> Server {
    redis_with(&[])
}

/// A Redis with further arguments, such as `["--maxmemory", "2mb"]`.
///
/// # Panics
/// When `redis-server` is not installed or does not start.
pub fn redis_with(arguments: &[&str]) -> Server {
    Server::start(&REDIS, arguments)
}

fn command(place: &Place) -> Command {
    let program = programs::find(&["redis-server"]).expect("redis-server is not installed");
    let mut command = place.folder.command(&program);
    command.args(["--port", &place.port.to_string()]);
    command.args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
    command.arg("--dir").arg(place.folder.path());
    command.args(["--dbfilename", "dump.rdb"]);
    command
}

pub(super) fn answers(place: &Place, process: u32) -> bool {
    let id = format!("process_id:{process}");
    ask(place.port, &["INFO", "server"]).is_ok_and(|info| info.lines().any(|line| line == id))
        // It answers this while it loads a dump.
        && ask(place.port, &["PING"]).is_ok_and(|answer| answer == "PONG")
}

/// Asks the Redis on a port of `127.0.0.1`, on a connection of its own. Of an array, what its items say, a line each.
///
/// # Errors
/// When it is not reached, says nothing for five seconds, or answers with an error.
pub fn ask(port: u16, words: &[&str]) -> io::Result<String> {
    let stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(ANSWER))?;
    let items = words
        .iter()
        .map(|word| format!("${}\r\n{word}\r\n", word.len()));
    let request = format!("*{}\r\n{}", words.len(), items.collect::<String>());
    (&stream).write_all(request.as_bytes())?;
    read(&mut BufReader::new(stream))
}

fn read(from: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    from.read_line(&mut line)?;
    let line = line.trim_end();
    let length = |text: &str| text.parse::<i64>().map_err(io::Error::other);
    match line.split_at_checked(1) {
        Some(("+" | ":", text)) => Ok(text.to_owned()),
        Some(("-", text)) => Err(io::Error::other(text)),
        Some(("$", text)) => {
            let Ok(length) = usize::try_from(length(text)?) else {
                return Ok(String::new());
            };
            let mut bytes = vec![0; length + 2];
            from.read_exact(&mut bytes)?;
            Ok(String::from_utf8_lossy(&bytes[..length]).into_owned())
        }
        Some(("*", text)) => {
            let items = (0..length(text)?).map(|_| read(from));
            Ok(items.collect::<io::Result<Vec<_>>>()?.join("\n"))
        }
        _ => Err(io::Error::other(format!("no answer of Redis: {line:?}"))),
    }
}
