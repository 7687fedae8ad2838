//! Runs the examples as a newcomer does, with `cargo run --example`.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

/// The time limit for a start, which may include a build.
const START: Duration = Duration::from_secs(600);
const ANSWER: Duration = Duration::from_secs(30);

/// Environment variables with their values.
pub type Environment<'a> = &'a [(&'a str, &'a str)];

/// Runs an example to its end, with the caches of these environment variables and no others.
///
/// # Errors
/// If cargo cannot be started.
pub fn run(name: &str, environment: Environment<'_>) -> io::Result<Output> {
    command(name, &[], environment).output()
}

/// [`run`] of an example that needs these features.
///
/// # Errors
/// If cargo cannot be started.
pub fn run_with(name: &str, features: &[&str]) -> io::Result<Output> {
    command(name, features, &[]).output()
}

/// [`run`] with these arguments.
///
/// # Errors
/// If cargo cannot be started.
pub fn run_with_arguments(name: &str, arguments: &[&str]) -> io::Result<Output> {
    command(name, &[], &[]).args(arguments).output()
}

/// A running example that serves HTTP; it is stopped on drop.
#[derive(Debug)]
pub struct Server {
    process: Child,
    address: String,
}

/// The answer of a server.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The status line and the headers, in lower case.
    pub head: String,
    /// The body, as text.
    pub body: String,
}

impl Server {
    /// Starts an example with the caches of these environment variables and no others, and waits until it prints its `http://` address.
    ///
    /// # Errors
    /// If it ends before that, or ten minutes pass.
    pub fn start(name: &str, arguments: &[&str], environment: Environment<'_>) -> io::Result<Self> {
        let mut process = command(name, &[], environment)
            .args(arguments)
            .stderr(Stdio::piped())
            .spawn()?;
        let (sender, receiver) = mpsc::channel();
        let printed = process.stderr.take();
        // Reads on when the address is known, so that the example does not block on a full pipe.
        std::thread::spawn(move || {
            let lines = printed
                .into_iter()
                .flat_map(|printed| BufReader::new(printed).lines());
            for line in lines.map_while(Result::ok) {
                eprintln!("{line}");
                if let Some(address) = address_in(&line) {
                    let _ = sender.send(address.to_owned());
                }
            }
        });
        let mut server = Self {
            process,
            address: String::new(),
        };
        server.address = receiver.recv_timeout(START).map_err(|error| {
            let what = match error {
                RecvTimeoutError::Timeout => "does not say where it listens",
                RecvTimeoutError::Disconnected => "ended before it listened",
            };
            io::Error::other(format!("the example {name} {what}"))
        })?;
        Ok(server)
    }

    /// Where it listens, such as `127.0.0.1:3000`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Requests a path of the host `localhost`, with further header lines.
    ///
    /// # Errors
    /// If the server does not answer in HTTP within half a minute.
    pub fn get(&self, path: &str, headers: &[&str]) -> io::Result<Answer> {
        let mut stream = TcpStream::connect(&self.address)?;
        stream.set_read_timeout(Some(ANSWER))?;
        // In HTTP/1.0 the answer ends with the connection, so it need not be parsed.
        write!(stream, "GET {path} HTTP/1.0\r\nhost: localhost\r\n")?;
        for header in headers {
            write!(stream, "{header}\r\n")?;
        }
        stream.write_all(b"\r\n")?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        Answer::read(&String::from_utf8_lossy(&answer))
            .ok_or_else(|| io::ErrorKind::InvalidData.into())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Answer {
    fn read(text: &str) -> Option<Self> {
        let (head, body) = text.split_once("\r\n\r\n")?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        Some(Self {
            status,
            head: head.to_owned(),
            body: body.to_owned(),
        })
    }

    /// The value of a header, by its name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut fields = self.head.lines().filter_map(|line| line.split_once(':'));
        fields
            .find(|(field, _)| field.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
    }
}

fn command(name: &str, features: &[&str], environment: Environment<'_>) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["run", "--quiet", "--example", name]);
    if !features.is_empty() {
        command.args(["--features", &features.join(",")]);
    }
    command.arg("--");
    command.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    command.stdin(Stdio::null());
    let inherited = std::env::vars_os().map(|(name, _)| name);
    for name in inherited.filter(|name| name.to_string_lossy().starts_with("CACHE_")) {
        command.env_remove(name);
    }
    command.envs(environment.iter().copied());
    command
}

fn address_in(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once("http://")?;
    rest.split(|c: char| c == '/' || c.is_whitespace()).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_read_off_the_line_that_has_one() {
        assert_eq!(
            address_in("Open http://127.0.0.1:3000/ and look."),
            Some("127.0.0.1:3000")
        );
        assert_eq!(
            address_in("listening on http://127.0.0.1:3000"),
            Some("127.0.0.1:3000")
        );
        assert_eq!(address_in("filling the database"), None);
    }

    #[test]
    fn an_answer_is_taken_apart() {
        let answer = Answer::read("HTTP/1.0 200 OK\r\nCache-Status: blog; hit\r\n\r\n<p>").unwrap();
        assert_eq!((answer.status, answer.body.as_str()), (200, "<p>"));
        assert_eq!(answer.header("cache-status"), Some("blog; hit"));
        assert_eq!(answer.header("age"), None);
        assert!(Answer::read("garbage").is_none());
    }

    #[test]
    fn an_example_that_ends_is_an_error_and_no_hang() {
        let error = Server::start("no_such_example", &[], &[]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the example no_such_example ended before it listened"
        );
    }
}
