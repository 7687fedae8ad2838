//! The client: connections that send the next request as soon as they have found the end of an answer.

use super::server::SIZE;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;

/// So many that the server nearly always has a request to answer.
const CONNECTIONS: usize = 32;

/// Connections that stay open from one sample to the next.
pub(super) struct Client {
    runtime: Runtime,
    connections: Vec<Connection>,
}

struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Client {
    pub(super) fn connect(address: SocketAddr) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .build()?;
        let connections = (0..CONNECTIONS).map(|_| runtime.block_on(Connection::open(address)));
        let connections = connections.collect::<io::Result<_>>()?;
        Ok(Self {
            runtime,
            connections,
        })
    }

    /// Requests a page twice, so that it is kept, and checks the second answer. Returns the request of the contest: that of a client
    /// which has the page already, if `is_known`.
    pub(super) fn check(
        &mut self,
        path: &str,
        marker: Option<&str>,
        is_known: bool,
    ) -> io::Result<Vec<u8>> {
        let plain = request(path, "");
        let head = self.head(&plain).and(self.head(&plain))?;
        let astray = |head: &str| io::Error::other(format!("{path} answers\n{head}"));
        let is_right = head.starts_with("http/1.1 200 ")
            && self.connections[0].buffer.len() == head.len() + 4 + SIZE
            && marker.is_none_or(|marker| head.contains(marker));
        if !is_right {
            return Err(astray(&head));
        }
        if !is_known {
            return Ok(plain);
        }
        let tag = head.lines().find_map(|line| line.strip_prefix("etag: "));
        // The head is in lower case, in which the mark of a weak tag is another one.
        let tag = tag.unwrap_or_default().replace("w/", "W/");
        let known = request(path, &format!("if-none-match: {tag}\r\n"));
        let head = self.head(&known)?;
        if head.starts_with("http/1.1 304 ") {
            Ok(known)
        } else {
            Err(astray(&head))
        }
    }

    /// The head of the answer, in lower case.
    fn head(&mut self, request: &[u8]) -> io::Result<String> {
        let connection = &mut self.connections[0];
        self.runtime.block_on(connection.ask(request))?;
        let answer = String::from_utf8_lossy(&connection.buffer);
        let (head, _) = answer.split_once("\r\n\r\n").unwrap_or_default();
        Ok(head.to_lowercase())
    }

    /// The number of answers that all connections get in this time and a little more, until each has its last one; and how long that took.
    pub(super) fn ask_for(
        &mut self,
        request: &[u8],
        time: Duration,
    ) -> io::Result<(u32, Duration)> {
        let begun = Instant::now();
        let deadline = begun + time;
        self.runtime.block_on(async {
            let asking = self
                .connections
                .iter_mut()
                .map(|connection| connection.ask_until(request, deadline));
            let answers = futures_util::future::try_join_all(asking).await?;
            Ok((answers.into_iter().sum(), begun.elapsed()))
        })
    }
}

impl Connection {
    async fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(2 * SIZE),
        })
    }

    async fn ask_until(&mut self, request: &[u8], deadline: Instant) -> io::Result<u32> {
        let mut answers = 0;
        while Instant::now() < deadline {
            self.ask(request).await?;
            answers += 1;
        }
        Ok(answers)
    }

    /// Sends the request, and reads the whole answer into the buffer.
    async fn ask(&mut self, request: &[u8]) -> io::Result<()> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        while !is_whole(&self.buffer) {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(())
    }
}

fn request(path: &str, fields: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n{fields}\r\n").into_bytes()
}

/// The end of an answer: every page has the same size, and a 304 has none.
fn is_whole(answer: &[u8]) -> bool {
    let head = memchr::memmem::find(answer, b"\r\n\r\n");
    let size = if answer.starts_with(b"HTTP/1.1 304") {
        0
    } else {
        SIZE
    };
    head.is_some_and(|head| answer.len() >= head + 4 + size)
}
