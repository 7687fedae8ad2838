//! Real servers for tests, each on a port of its own and with data of its own.
//!
//! None runs as root: if the tests do, the servers run as `nobody`. A server ends when its [`Server`] is dropped, or at the latest
//! with the test binary, even if that is killed.

use std::fmt;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

pub use self::cluster::{Cluster, redis_cluster, redis_cluster_over_tls};
pub use self::mariadb::mariadb;
pub use self::memcached::{memcached, memcached_with};
pub use self::postgres::{postgres, postgres_with};
pub use self::redis::{redis, redis_with};
pub use self::sentinel::sentinel;
pub use self::tls::Tls;

pub(crate) mod chromedriver;
mod cluster;
mod folder;
mod mariadb;
pub mod memcached;
mod ports;
mod postgres;
mod process;
mod programs;
pub mod prometheus;
pub mod redis;
mod sentinel;
mod tls;

use self::folder::Folder;
use self::process::Process;
use crate::proxy::Proxy;

/// The time limit for a start: a busy machine takes seconds to start a database.
const START: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(5);
/// How many ports are tried: after that, the port is not the problem.
const PORTS: usize = 5;

/// The folder and the port of a server.
#[derive(Debug)]
struct Place {
    port: u16,
    folder: Folder,
}

impl Place {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The log of the server since its last start.
    fn log(&self) -> String {
        std::fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    fn is_open(&self) -> bool {
        TcpStream::connect(("127.0.0.1", self.port)).is_ok()
    }
}

/// How a kind of server is started and reached.
struct Kind {
    name: &'static str,
    url: fn(u16) -> String,
    /// Initializes the data; called once, in an empty folder.
    prepare: fn(&Place),
    command: fn(&Place) -> Command,
    /// Whether the server with this process id answers: another one may have taken the port first.
    answers: fn(&Place, u32) -> bool,
    /// The signal that ends it at once without leaving anything on the machine.
    end: rustix::process::Signal,
}

/// A running server. Dropping it ends the server and removes its data.
pub struct Server {
    kind: &'static Kind,
    arguments: Vec<String>,
    place: Place,
    process: Mutex<Option<Process>>,
}

impl Server {
    fn start(kind: &'static Kind, arguments: &[&str]) -> Self {
        let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
        let mut refusal = String::new();
        for _ in 0..PORTS {
            let place = Place {
                port: ports::free(),
                folder: Folder::new(),
            };
            (kind.prepare)(&place);
            match launch(kind, &arguments, &place) {
                Ok(process) => {
                    return Self {
                        kind,
                        arguments,
                        place,
                        process: Mutex::new(Some(process)),
                    };
                }
                Err(log) => refusal = log,
            }
        }
        panic!("{} does not start:\n{refusal}", kind.name);
    }

    /// Returns its address for the constructor of a store.
    pub fn url(&self) -> String {
        (self.kind.url)(self.place.port)
    }

    /// Returns its address through a proxy.
    pub fn url_through(&self, proxy: &Proxy) -> String {
        (self.kind.url)(proxy.port())
    }

    /// Returns its port on `127.0.0.1`; the same after [`start_again`](Self::start_again).
    pub fn port(&self) -> u16 {
        self.place.port
    }

    /// Returns the folder with its data and its log.
    pub fn folder(&self) -> &Path {
        self.place.folder.path()
    }

    /// Returns the id of its process while it runs.
    pub fn process_id(&self) -> Option<u32> {
        self.process().as_ref().map(Process::id)
    }

    /// Kills it. Its data stay.
    pub fn kill(&self) {
        drop(self.process().take());
    }

    /// Starts it again, on the same port and with the same data, and waits until it answers.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start_again(&self) {
        let mut process = self.process();
        drop(process.take());
        let start = Instant::now();
        while process.is_none() {
            match launch(self.kind, &self.arguments, &self.place) {
                Ok(started) => *process = Some(started),
                // PostgreSQL waits for the orphaned processes of the killed server.
                Err(log) => assert!(
                    start.elapsed() < START,
                    "{} does not start again:\n{log}",
                    self.kind.name
                ),
            }
        }
    }

    /// Suspends it: it accepts connections and never answers.
    pub fn pause(&self) {
        if let Some(process) = &*self.process() {
            process.pause();
        }
    }

    /// Resumes it after [`pause`](Self::pause).
    pub fn go_on(&self) {
        if let Some(process) = &*self.process() {
            process.go_on();
        }
    }

    fn process(&self) -> MutexGuard<'_, Option<Process>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Starts a server and waits until it answers.
///
/// # Errors
/// If it ends before it answers; the error contains its log.
fn launch(kind: &Kind, arguments: &[String], place: &Place) -> Result<Process, String> {
    let mut command = (kind.command)(place);
    let mut process = Process::start(command.args(arguments), &place.folder);
    let start = Instant::now();
    while !(kind.answers)(place, process.id()) {
        if process.has_ended() {
            return Err(place.log());
        }
        assert!(
            start.elapsed() < START,
            "{} does not answer:\n{}",
            kind.name,
            place.log()
        );
        std::thread::sleep(POLL);
    }
    Ok(process)
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(process) = self.process().take() {
            process.end(self.kind.end);
        }
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} at {}", self.kind.name, self.url())
    }
}
