//! Replies of a server, read from the bytes that have come so far, and commands, written as it reads them. The client's own parser takes
//! as long for a value of 1 KB as the server does; what this one does not know, which is rare, it leaves to that one.

use std::io;

use bytes::Bytes;
use redis::{RedisResult, Value, parse_redis_value};

/// How deep replies are nested: the values of `MGET` are two deep.
const DEPTH: usize = 8;

/// A reply. A text in it is a part of the bytes that have come, and no copy of them.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum RespValue {
    Nil,
    Okay,
    Int(i64),
    Text(Bytes),
    List(Vec<RespValue>),
    Other(Value),
}

impl From<Value> for RespValue {
    fn from(value: Value) -> Self {
        match value {
            Value::Nil => Self::Nil,
            Value::Okay => Self::Okay,
            Value::Int(number) => Self::Int(number),
            Value::BulkString(text) => Self::Text(text.into()),
            Value::Array(values) => Self::List(values.into_iter().map(Self::from).collect()),
            other => Self::Other(other),
        }
    }
}

impl From<RespValue> for Value {
    fn from(reply: RespValue) -> Self {
        match reply {
            RespValue::Nil => Self::Nil,
            RespValue::Okay => Self::Okay,
            RespValue::Int(number) => Self::Int(number),
            RespValue::Text(text) => Self::BulkString(text.into()),
            RespValue::List(replies) => Self::Array(replies.into_iter().map(Self::from).collect()),
            RespValue::Other(value) => value,
        }
    }
}

/// The search for the end of a reply in bytes of which more and more come. What was looked at once is not looked at again.
#[derive(Debug)]
pub(super) struct ReplyScan {
    at: usize,
    /// Values that are still to be looked at.
    left: usize,
}

impl Default for ReplyScan {
    fn default() -> Self {
        Self { at: 0, left: 1 }
    }
}

impl ReplyScan {
    /// How many bytes the first reply has, and then the search begins again; or how many more have to come at the least before that
    /// is known. `bytes` begin where they began before.
    ///
    /// # Errors
    ///
    /// If it is no reply.
    pub(super) fn length(&mut self, bytes: &[u8]) -> io::Result<Result<usize, usize>> {
        while self.left > 0 {
            let Some((line, mut at)) = line(bytes, self.at) else {
                return Ok(Err(1));
            };
            let mut left = self.left - 1;
            let Some((kind, rest)) = line.split_first() else {
                return Err(malformed());
            };
            match kind {
                b'+' | b'-' | b':' | b'_' | b',' | b'#' | b'(' => {}
                b'$' | b'=' | b'!' => {
                    if let Some(length) = count(rest)? {
                        at = end_of(at, length)?;
                        if let Some(missing) = at.checked_sub(bytes.len()).filter(|more| *more > 0)
                        {
                            return Ok(Err(missing));
                        }
                    }
                }
                b'*' | b'~' | b'>' => left = more(left, count(rest)?, 1)?,
                b'%' => left = more(left, count(rest)?, 2)?,
                // Attributes come before the value that they belong to.
                b'|' => left = more(left.saturating_add(1), count(rest)?, 2)?,
                _ => return Err(malformed()),
            }
            (self.at, self.left) = (at, left);
        }
        let whole = std::mem::take(self);
        Ok(Ok(whole.at))
    }
}

/// Whether a reply, of which there is the beginning, is none: a message that the server sends by itself.
pub(super) fn is_push(bytes: &[u8]) -> bool {
    bytes.first() == Some(&b'>')
}

/// So many replies, without the messages between them.
///
/// # Errors
///
/// If they are not there.
pub(super) fn replies(bytes: &Bytes, count: usize) -> RedisResult<Vec<RespValue>> {
    let mut replies = Vec::with_capacity(count);
    let mut at = 0;
    while replies.len() < count {
        let is_reply = !is_push(bytes.get(at..).ok_or_else(malformed)?);
        let reply = next(bytes, &mut at, DEPTH)?;
        if is_reply {
            replies.push(reply);
        }
    }
    Ok(replies)
}

fn next(bytes: &Bytes, at: &mut usize, depth: usize) -> RedisResult<RespValue> {
    let begin = *at;
    let (line, end) = line(bytes, begin).ok_or_else(malformed)?;
    *at = end;
    match line {
        b"+OK" => Ok(RespValue::Okay),
        b"$-1" | b"_" | b"*-1" => Ok(RespValue::Nil),
        [b':', number @ ..] => Ok(RespValue::Int(integer(number).ok_or_else(malformed)?)),
        [b'$', length @ ..] => {
            let length = count(length)?.ok_or_else(malformed)?;
            let behind = end_of(end, length)?;
            if end + length > bytes.len() {
                return Err(malformed().into());
            }
            *at = behind;
            Ok(RespValue::Text(bytes.slice(end..end + length)))
        }
        [b'*', count_of @ ..] => {
            let count = count(count_of)?.ok_or_else(malformed)?;
            let depth = depth.checked_sub(1).ok_or_else(malformed)?;
            // Each takes three bytes at the least.
            let mut replies = Vec::with_capacity(count.min(bytes.len() / 3));
            for _ in 0..count {
                replies.push(next(bytes, at, depth)?);
            }
            Ok(RespValue::List(replies))
        }
        _ => {
            let rest = &bytes[begin..];
            let length = ReplyScan::default().length(rest)?;
            let length = length.map_err(|_| malformed())?;
            *at = begin + length;
            parse_redis_value(&rest[..length]).map(RespValue::Other)
        }
    }
}

/// The line that begins at a place, without its end, and where the next one begins.
fn line(bytes: &[u8], at: usize) -> Option<(&[u8], usize)> {
    let rest = bytes.get(at..)?;
    let mut from = 0;
    loop {
        let end = from + rest[from..].iter().position(|byte| *byte == b'\r')?;
        match rest.get(end + 1)? {
            b'\n' => return Some((&rest[..end], at + end + 2)),
            _ => from = end + 1,
        }
    }
}

/// `None` where there is nothing at all.
fn count(digits: &[u8]) -> io::Result<Option<usize>> {
    match integer(digits) {
        Some(-1) => Ok(None),
        Some(number) => usize::try_from(number).map(Some).map_err(|_| malformed()),
        None => Err(malformed()),
    }
}

fn integer(text: &[u8]) -> Option<i64> {
    let (is_negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] | digits => (false, digits),
    };
    if digits.is_empty() {
        return None;
    }
    // There is one more below zero than above it.
    let mut negative: i64 = 0;
    for digit in digits {
        let digit = digit.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        negative = negative.checked_mul(10)?.checked_sub(digit.into())?;
    }
    if is_negative {
        Some(negative)
    } else {
        negative.checked_neg()
    }
}

/// Behind a text of this length and the end of its line.
fn end_of(at: usize, length: usize) -> io::Result<usize> {
    let end = at.checked_add(length).and_then(|end| end.checked_add(2));
    end.ok_or_else(malformed)
}

fn more(left: usize, count: Option<usize>, each: usize) -> io::Result<usize> {
    let values = count.unwrap_or(0).checked_mul(each);
    let left = values.and_then(|values| left.checked_add(values));
    left.ok_or_else(malformed)
}

/// Appends a command that takes so many keys.
pub(super) fn write_command<'k>(
    out: &mut Vec<u8>,
    command: &str,
    count: usize,
    keys: impl Iterator<Item = &'k [u8]>,
) {
    write_head(out, b'*', count + 1);
    write_text(out, command.as_bytes());
    for key in keys {
        write_text(out, key);
    }
}

fn write_text(out: &mut Vec<u8>, text: &[u8]) {
    write_head(out, b'$', text.len());
    out.extend_from_slice(text);
    out.extend_from_slice(b"\r\n");
}

fn write_head(out: &mut Vec<u8>, kind: u8, number: usize) {
    let mut digits = [b'0'; 20];
    let (mut at, mut rest) = (digits.len(), number);
    loop {
        at -= 1;
        digits[at] += u8::try_from(rest % 10).unwrap_or_default();
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.push(kind);
    out.extend_from_slice(&digits[at..]);
    out.extend_from_slice(b"\r\n");
}

fn malformed() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        "the server does not speak the protocol of Redis",
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn length(bytes: &[u8]) -> io::Result<Result<usize, usize>> {
        ReplyScan::default().length(bytes)
    }

    fn value(bytes: &[u8]) -> RedisResult<Value> {
        let mut all = replies(&Bytes::copy_from_slice(bytes), 1)?;
        Ok(all.remove(0).into())
    }

    const REPLIES: &[&[u8]] = &[
        b"+OK\r\n",
        b"+PONG\r\n",
        b"-ERR unknown command\r\n",
        b":-2\r\n",
        b"$-1\r\n",
        b"_\r\n",
        b"$0\r\n\r\n",
        b"$7\r\na\r\nb\rc\n\r\n",
        b"*0\r\n",
        b"*-1\r\n",
        b"*3\r\n$1\r\na\r\n$-1\r\n*2\r\n:1\r\n+OK\r\n",
        b"%1\r\n$4\r\nrole\r\n$6\r\nmaster\r\n",
        b">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n",
        b">2\r\n$10\r\ninvalidate\r\n_\r\n",
        b"~2\r\n+a\r\n+b\r\n",
        b",1.5\r\n",
        b"#t\r\n",
        b"=6\r\ntxt:ab\r\n",
        b"!5\r\nERR x\r\n",
        b"*2\r\n-ERR inside\r\n%1\r\n+a\r\n:1\r\n",
    ];

    #[test]
    fn replies_are_read_as_the_client_reads_them() {
        for reply in REPLIES {
            let shown = reply.escape_ascii();
            let theirs = parse_redis_value(reply).expect("it is a reply");
            let ours = if is_push(reply) {
                let ours = next(&Bytes::from_static(reply), &mut 0, DEPTH);
                Value::from(ours.expect("it is a message"))
            } else {
                value(reply).expect("it is a reply")
            };
            // Only `*-1` is nothing to us, and an error to nobody.
            assert_eq!(format!("{ours:?}"), format!("{theirs:?}"), "{shown}");
        }
    }

    #[test]
    fn messages_between_replies_are_no_replies() {
        let bytes = b">2\r\n$10\r\ninvalidate\r\n_\r\n:1\r\n>1\r\n+x\r\n:2\r\n";
        let bytes = Bytes::from_static(bytes);
        assert_eq!(
            replies(&bytes, 2).unwrap(),
            [RespValue::Int(1), RespValue::Int(2)]
        );
        assert!(replies(&bytes, 3).is_err());
        assert_eq!(replies(&Bytes::new(), 0).unwrap(), []);
    }

    #[test]
    fn a_reply_is_whole_when_its_last_byte_has_come() {
        for reply in REPLIES {
            let more = [*reply, b"+OK\r\n"].concat();
            assert_eq!(length(&more).unwrap(), Ok(reply.len()));
            for cut in 0..reply.len() {
                let mut scan = ReplyScan::default();
                let missing = scan.length(&reply[..cut]).unwrap().unwrap_err();
                let shown = reply[..cut].escape_ascii();
                assert!((1..=reply.len() - cut).contains(&missing), "{shown}");
                // The rest comes in single bytes, and what was looked at is not looked at again.
                for end in cut + 1..reply.len() {
                    assert!(scan.length(&reply[..end]).unwrap().is_err(), "{shown}");
                }
                assert_eq!(scan.length(&more).unwrap(), Ok(reply.len()), "{shown}");
                assert_eq!(scan.length(&more).unwrap(), Ok(reply.len()), "{shown}");
            }
        }
    }

    #[test]
    fn commands_are_written_as_the_client_writes_them() {
        for keys in [&[][..], &[&b"a"[..], b"", &[b'k'; 1_000]]] {
            let mut out = Vec::new();
            write_command(&mut out, "MGET", keys.len(), keys.iter().copied());
            let mut theirs = redis::cmd("MGET");
            theirs.arg(keys);
            assert_eq!(out, theirs.get_packed_command());
        }
    }

    #[test]
    fn numbers_of_all_sizes_are_read() {
        for number in [0, 7, -1, i64::MAX, i64::MIN] {
            assert_eq!(integer(number.to_string().as_bytes()), Some(number));
        }
        assert_eq!(integer(b"+5"), Some(5));
        for text in [
            &b""[..],
            b"-",
            b"1x",
            b"9223372036854775808",
            b"-9223372036854775809",
        ] {
            assert_eq!(integer(text), None, "{}", text.escape_ascii());
        }
    }

    #[test]
    fn what_is_no_reply_is_an_error() {
        for bytes in [
            &b"HTTP/1.1 400 Bad Request\r\n"[..],
            b"\r\n",
            b"$x\r\n",
            b"$-2\r\n",
            b"*99999999999999999999\r\n",
            b"$18446744073709551615\r\n",
        ] {
            assert!(length(bytes).is_err(), "{}", bytes.escape_ascii());
        }
        let deep = [b"*1\r\n".repeat(100_000), b":1\r\n".to_vec()].concat();
        assert_eq!(length(&deep).unwrap(), Ok(deep.len()));
        assert!(value(&deep).is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_do_no_harm(bytes: Vec<u8>) {
            let _ = value(&bytes);
            if let Ok(Ok(length)) = length(&bytes) {
                prop_assert!(length <= bytes.len());
            }
        }

        #[test]
        fn any_change_of_a_reply_does_no_harm(which in 0..REPLIES.len(), at: usize, byte: u8) {
            let mut reply = REPLIES[which].to_vec();
            let at = at % reply.len();
            reply[at] = byte;
            let _ = value(&reply);
            let _ = length(&reply);
        }
    }
}
