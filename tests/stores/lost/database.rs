//! The database of a hunt, over a socket: versions of some numbers, and when each was acknowledged.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt};

/// The versions of the numbers, and what was read of them.
pub(super) struct Database {
    port: u16,
    truth: Arc<Mutex<Truth>>,
}

#[derive(Default)]
struct Truth {
    versions: HashMap<u64, u64>,
    acknowledged: HashMap<u64, Vec<(Instant, u64)>>,
    reads: u64,
    loads: u64,
    writes: u64,
    lost: Vec<String>,
}

impl Database {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let truth = Arc::<Mutex<Truth>>::default();
        let shared = truth.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let truth = shared.clone();
                std::thread::spawn(move || serve(client, &truth));
            }
        });
        Self { port, truth }
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// Checks that nothing was lost, and that something could have been.
    pub(super) fn judge(&self, url: &str) {
        let truth = self.truth.lock().unwrap();
        let Truth {
            reads,
            loads,
            writes,
            lost,
            ..
        } = &*truth;
        assert!(
            lost.is_empty(),
            "{url}: {} lost, the first: {}",
            lost.len(),
            lost[0]
        );
        assert!(*writes >= 20, "{url}: {writes} writes");
        assert!(
            loads < reads,
            "{url}: {loads} loads for {reads} reads: nothing was kept"
        );
    }
}

fn serve(client: TcpStream, truth: &Mutex<Truth>) {
    let _ = client.set_nodelay(true);
    let Ok(mut answers) = client.try_clone() else {
        return;
    };
    for line in BufReader::new(client).lines() {
        let Ok(line) = line else { return };
        let words: Vec<&str> = line.split(' ').collect();
        let number = |at: usize| words[at].parse::<u64>().unwrap();
        let answer = answer(&mut truth.lock().unwrap(), words[0], number);
        if writeln!(answers, "{answer}").is_err() {
            return;
        }
    }
}

fn answer(truth: &mut Truth, asked: &str, word: impl Fn(usize) -> u64) -> u64 {
    match asked {
        "load" => {
            truth.loads += 1;
            truth.versions.get(&word(1)).copied().unwrap_or(0)
        }
        "write" => {
            truth.writes += 1;
            let version = truth.versions.entry(word(1)).or_insert(0);
            *version += 1;
            *version
        }
        "acknowledge" => {
            let now = Instant::now();
            truth
                .acknowledged
                .entry(word(1))
                .or_default()
                .push((now, word(2)));
            0
        }
        "floor" => {
            let lag = Duration::from_millis(word(2));
            let acknowledged = truth.acknowledged.get(&word(1)).into_iter().flatten();
            let old = acknowledged.filter(|(at, _)| at.elapsed() >= lag);
            old.map(|(_, version)| *version).max().unwrap_or(0)
        }
        "read" => {
            truth.reads += 1;
            let (number, floor, value) = (word(1), word(2), word(3));
            if value < floor {
                let lost = format!("number {number} was {value} after {floor} was acknowledged");
                truth.lost.push(lost);
            }
            0
        }
        other => panic!("the database does not know `{other}`"),
    }
}

/// The connection of a task to the database.
pub(super) struct Client {
    socket: tokio::io::BufReader<tokio::net::TcpStream>,
    lag: u64,
}

impl Client {
    /// Acknowledgements count once they are this many milliseconds old.
    pub(super) async fn connect(port: u16, lag: u64) -> Self {
        let socket = tokio::net::TcpStream::connect(("127.0.0.1", port))
            .await
            .unwrap();
        socket.set_nodelay(true).unwrap();
        Self {
            socket: tokio::io::BufReader::new(socket),
            lag,
        }
    }

    async fn ask(&mut self, line: String) -> u64 {
        let line = format!("{line}\n");
        self.socket
            .get_mut()
            .write_all(line.as_bytes())
            .await
            .unwrap();
        let mut answer = String::new();
        self.socket.read_line(&mut answer).await.unwrap();
        answer.trim().parse().unwrap()
    }

    pub(super) async fn load(&mut self, number: u64) -> u64 {
        self.ask(format!("load {number}")).await
    }

    /// Commits the next version of a number.
    pub(super) async fn write(&mut self, number: u64) -> u64 {
        self.ask(format!("write {number}")).await
    }

    pub(super) async fn acknowledge(&mut self, number: u64, version: u64) {
        self.ask(format!("acknowledge {number} {version}")).await;
    }

    /// The lowest version that a read which begins now may return.
    pub(super) async fn floor(&mut self, number: u64) -> u64 {
        self.ask(format!("floor {number} {}", self.lag)).await
    }

    pub(super) async fn tell_read(&mut self, number: u64, floor: u64, value: u64) {
        self.ask(format!("read {number} {floor} {value}")).await;
    }
}
