//! Just enough HTTP to ask the blog: one request on a connection, whose end is that of the answer.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long an answer may take.
const LIMIT: Duration = Duration::from_secs(30);

/// An answer of the blog.
pub struct Answer {
    pub status: u16,
    head: String,
    pub body: String,
}

impl Answer {
    /// The value of a header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut fields = self.head.lines().filter_map(|line| line.split_once(": "));
        let (_, value) = fields.find(|(field, _)| field.eq_ignore_ascii_case(name))?;
        Some(value)
    }

    /// How many SQL queries were made for it, as the blog says in `Server-Timing`.
    pub fn queries(&self) -> u64 {
        let timing = self.header("server-timing").unwrap_or_default();
        let queries = timing.split("sql;desc=\"").nth(1);
        let digits = queries.and_then(|rest| rest.split('"').next());
        digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
    }
}

/// Asks for a page.
pub async fn get(address: &str, path: &str) -> io::Result<Answer> {
    ask(address, &format!("GET {path}"), "", "").await
}

/// Sends a form, with these headers.
pub async fn post(address: &str, path: &str, headers: &str, form: &str) -> io::Result<Answer> {
    let length = form.len();
    let headers = format!(
        "{headers}content-type: application/x-www-form-urlencoded\r\ncontent-length: {length}\r\n"
    );
    ask(address, &format!("POST {path}"), &headers, form).await
}

async fn ask(address: &str, line: &str, headers: &str, body: &str) -> io::Result<Answer> {
    let asking = async {
        let mut stream = TcpStream::connect(address).await?;
        let request = format!("{line} HTTP/1.0\r\nhost: localhost\r\n{headers}\r\n{body}");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        read(&answer).ok_or_else(|| io::ErrorKind::InvalidData.into())
    };
    timeout(LIMIT, asking).await.map_err(io::Error::from)?
}

fn read(answer: &str) -> Option<Answer> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    Some(Answer {
        status: head.split(' ').nth(1)?.parse().ok()?,
        head: head.to_owned(),
        body: body.to_owned(),
    })
}
