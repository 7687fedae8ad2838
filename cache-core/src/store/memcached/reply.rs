//! Replies in the meta protocol of Memcached (doc/protocol.txt of its sources, "Meta Commands").

use std::io;
use std::time::Duration;

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt};

use super::life;
use super::request::MetaCommand;

/// No line of a server is longer.
const LINE: u64 = 1024;

/// The largest value that is read; a server that announces a larger one has lost its way.
pub(super) const LARGEST: usize = 128 * 1024 * 1024;

/// What a server answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum MetaReply {
    /// To a get.
    Found {
        value: Vec<u8>,
        left: Option<Duration>,
        /// Which write it was.
        cas: u64,
    },
    /// To a get.
    #[default]
    Missing,
    /// To a put.
    Stored,
    /// To a put: its condition is not met.
    NotStored,
    /// To a put: the value has no room.
    TooLarge,
    /// To a delete, whether there was something or not.
    Deleted,
}

/// Reads the reply to a request of this kind that carried this number.
///
/// # Errors
///
/// If the connection ends or breaks, or the reply is not one to this request. Nothing that follows can be understood then.
pub(super) async fn read<R>(from: &mut R, asked: MetaCommand, number: u64) -> io::Result<MetaReply>
where
    R: AsyncBufRead + Unpin,
{
    let line = read_line(from).await?;
    let head = ReplyHead::parse(&line).ok_or_else(|| unexpected(&line))?;
    // Servers before 1.6.18 send the number back with all replies but a miss. Errors never carry one.
    let bare = matches!(head.code, Code::Missing | Code::NoRoom);
    if head.number != Some(number) && !(bare && head.number.is_none()) {
        return Err(unexpected(&line));
    }
    match (asked, head.code) {
        (MetaCommand::Get, Code::Value(length)) => {
            let value = read_value(from, length).await?;
            let left = head.left.and_then(life::left);
            let cas = head.cas.ok_or_else(|| unexpected(&line))?;
            Ok(MetaReply::Found { value, left, cas })
        }
        (MetaCommand::Get, Code::Missing) => Ok(MetaReply::Missing),
        (MetaCommand::Put, Code::Done) => Ok(MetaReply::Stored),
        (MetaCommand::Put, Code::NotStored | Code::Changed | Code::Gone) => {
            Ok(MetaReply::NotStored)
        }
        (MetaCommand::Put, Code::NoRoom) => Ok(MetaReply::TooLarge),
        (MetaCommand::Delete, Code::Done | Code::Gone) => Ok(MetaReply::Deleted),
        _ => Err(unexpected(&line)),
    }
}

/// A line that should not be there.
fn unexpected(line: &[u8]) -> io::Error {
    let shown = String::from_utf8_lossy(&line[..line.len().min(80)]);
    let shown = shown.trim_end().escape_debug();
    let text = format!(
        "an answer that does not belong there: `{shown}`; Memcached 1.6.10 or later is needed"
    );
    io::Error::new(io::ErrorKind::InvalidData, text)
}

/// The first line of a reply.
struct ReplyHead {
    code: Code,
    number: Option<u64>,
    cas: Option<u64>,
    left: Option<i64>,
}

#[derive(Clone, Copy)]
enum Code {
    /// `VA`, with the length of the value that follows.
    Value(usize),
    /// `EN`.
    Missing,
    /// `HD`.
    Done,
    /// `NS`.
    NotStored,
    /// `EX`.
    Changed,
    /// `NF`.
    Gone,
    /// An error of the server's that concerns this request alone.
    NoRoom,
}

impl ReplyHead {
    fn parse(line: &[u8]) -> Option<Self> {
        let line = std::str::from_utf8(line).ok()?.strip_suffix("\r\n")?;
        let error = line.strip_prefix("SERVER_ERROR ").unwrap_or_default();
        if error.starts_with("object too large") || error.starts_with("out of memory") {
            return Some(Self::new(Code::NoRoom));
        }
        let mut words = line.split(' ').filter(|word| !word.is_empty());
        let mut head = Self::new(match words.next()? {
            "VA" => Code::Value(words.next()?.parse().ok()?),
            "EN" => Code::Missing,
            "HD" => Code::Done,
            "NS" => Code::NotStored,
            "EX" => Code::Changed,
            "NF" => Code::Gone,
            _ => return None,
        });
        for flag in words {
            match flag.split_at_checked(1)? {
                ("O", number) => head.number = Some(number.parse().ok()?),
                ("c", number) => head.cas = Some(number.parse().ok()?),
                ("t", seconds) => head.left = Some(seconds.parse().ok()?),
                _ => {}
            }
        }
        Some(head)
    }

    fn new(code: Code) -> Self {
        Self {
            code,
            number: None,
            cas: None,
            left: None,
        }
    }
}

/// A whole line, with its end.
async fn read_line<R: AsyncBufRead + Unpin>(from: &mut R) -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    from.take(LINE).read_until(b'\n', &mut line).await?;
    if line.ends_with(b"\n") {
        return Ok(line);
    }
    let is_long = u64::try_from(line.len()).is_ok_and(|length| length >= LINE);
    Err(if is_long { unexpected(&line) } else { ended() })
}

/// A value and the end of its line. Room is made for what has arrived, not for what is claimed.
async fn read_value<R: AsyncBufRead + Unpin>(from: &mut R, length: usize) -> io::Result<Vec<u8>> {
    if length > LARGEST {
        let text = format!("a value of {length} bytes is announced; {LARGEST} is the limit");
        return Err(io::Error::new(io::ErrorKind::InvalidData, text));
    }
    let mut value = Vec::new();
    let with_end = u64::try_from(length + 2).map_err(io::Error::other)?;
    from.take(with_end).read_to_end(&mut value).await?;
    match value.get(length..) {
        Some(b"\r\n") => {}
        Some(end @ [_, _]) => return Err(unexpected(end)),
        _ => return Err(ended()),
    }
    value.truncate(length);
    Ok(value)
}

fn ended() -> io::Error {
    io::Error::new(
        io::ErrorKind::UnexpectedEof,
        "it closed the connection in the middle of a reply",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The reply to request 7, and how much is left unread.
    async fn reading(asked: MetaCommand, mut bytes: &[u8]) -> io::Result<(MetaReply, usize)> {
        let reply = read(&mut bytes, asked, 7).await?;
        Ok((reply, bytes.len()))
    }

    #[tokio::test]
    async fn replies_are_read_to_their_end_and_no_further() {
        let found = |value: &[u8], left| MetaReply::Found {
            value: value.to_vec(),
            left,
            cas: 3,
        };
        let soon = Some(Duration::from_secs(59));
        for (asked, bytes, reply) in [
            (
                MetaCommand::Get,
                "VA 4 c3 t60 O7\r\na\r\nb\r\n",
                found(b"a\r\nb", soon),
            ),
            (MetaCommand::Get, "VA 0 t-1 c3 O7\r\n\r\n", found(b"", None)),
            (
                MetaCommand::Get,
                "VA 1 W X Z t-1  c3 O7 \r\n \r\n",
                found(b" ", None),
            ),
            (MetaCommand::Get, "EN O7\r\n", MetaReply::Missing),
            (MetaCommand::Get, "EN\r\n", MetaReply::Missing),
            (MetaCommand::Put, "HD O7\r\n", MetaReply::Stored),
            (MetaCommand::Put, "NS O7\r\n", MetaReply::NotStored),
            (MetaCommand::Put, "EX O7\r\n", MetaReply::NotStored),
            (MetaCommand::Put, "NF O7\r\n", MetaReply::NotStored),
            (
                MetaCommand::Put,
                "SERVER_ERROR object too large for cache\r\n",
                MetaReply::TooLarge,
            ),
            (
                MetaCommand::Put,
                "SERVER_ERROR out of memory storing object\r\n",
                MetaReply::TooLarge,
            ),
            (MetaCommand::Delete, "HD O7\r\n", MetaReply::Deleted),
            (MetaCommand::Delete, "NF O7\r\n", MetaReply::Deleted),
        ] {
            let more = format!("{bytes}more");
            let read = reading(asked, more.as_bytes()).await;
            assert_eq!(read.unwrap(), (reply, 4), "{bytes}");
        }
    }

    #[tokio::test]
    async fn what_is_no_reply_to_the_request_is_an_error() {
        for (asked, bytes) in [
            (MetaCommand::Get, "VA 1 t-1 c3 O8\r\na\r\n"),
            (MetaCommand::Get, "VA 1 t-1 c3\r\na\r\n"),
            (MetaCommand::Get, "VA 1 t-1 O7\r\na\r\n"),
            (MetaCommand::Get, "VA -1 t-1 c3 O7\r\na\r\n"),
            (MetaCommand::Get, "VA 2 t-1 c3 O7\r\na\r\n"),
            (MetaCommand::Get, "VA 1 t-1 c3 O7\r\nab\r\n"),
            (MetaCommand::Get, "VA 1 t-1 c3 O7\r\n"),
            (
                MetaCommand::Get,
                "VA 1152921504606846976 t-1 c3 O7\r\na\r\n",
            ),
            (
                MetaCommand::Get,
                "VA 99999999999999999999 t-1 c3 O7\r\na\r\n",
            ),
            (MetaCommand::Get, "VA\r\n"),
            (MetaCommand::Get, "EN O8\r\n"),
            (MetaCommand::Get, "EN O\u{fc}\r\n"),
            (MetaCommand::Get, "EN"),
            (MetaCommand::Get, "EN\n"),
            (MetaCommand::Get, ""),
            (MetaCommand::Get, "\r\n"),
            (MetaCommand::Get, "HD O7\r\n"),
            (
                MetaCommand::Get,
                "SERVER_ERROR out of memory writing get response\r\n",
            ),
            (MetaCommand::Put, "HD\r\n"),
            (MetaCommand::Put, "EN O7\r\n"),
            (MetaCommand::Put, "SERVER_ERROR something else\r\n"),
            (MetaCommand::Put, "CLIENT_ERROR bad command line format\r\n"),
            (MetaCommand::Put, "ERROR\r\n"),
            (MetaCommand::Delete, "NS O7\r\n"),
            (MetaCommand::Delete, "HD O70\r\n"),
        ] {
            assert!(reading(asked, bytes.as_bytes()).await.is_err(), "{bytes}");
        }
        let endless = "E".repeat(1 << 20);
        assert!(reading(MetaCommand::Get, endless.as_bytes()).await.is_err());
    }
}
