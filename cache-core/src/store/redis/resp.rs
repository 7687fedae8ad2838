//! Replies of a server, read from the bytes that have come so far. The client's own parser takes as long for a value of 1 KB as the
//! server does; what this one does not know, which is rare, it leaves to that one.

use std::io;

use redis::{RedisResult, Value, parse_redis_value};

/// How deep replies are nested: the values of `MGET` are two deep.
const DEPTH: usize = 8;

/// How many bytes the first reply has, or how many more have to come at the least before that is known.
///
/// # Errors
///
/// If it is no reply.
pub(super) fn length(bytes: &[u8]) -> io::Result<Result<usize, usize>> {
    // Values that are still to be looked at.
    let mut left: usize = 1;
    let mut at = 0;
    while left > 0 {
        let Some((line, next)) = line(bytes, at) else {
            return Ok(Err(1));
        };
        at = next;
        left -= 1;
        let Some((kind, rest)) = line.split_first() else {
            return Err(malformed());
        };
        match kind {
            b'+' | b'-' | b':' | b'_' | b',' | b'#' | b'(' => {}
            b'$' | b'=' | b'!' => {
                if let Some(length) = count(rest)? {
                    at = end_of(at, length)?;
                    if let Some(missing) = at.checked_sub(bytes.len()).filter(|more| *more > 0) {
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
    }
    Ok(Ok(at))
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
pub(super) fn values(bytes: &[u8], count: usize) -> RedisResult<Vec<Value>> {
    let mut values = Vec::with_capacity(count);
    let mut at = 0;
    while values.len() < count {
        let is_reply = !is_push(bytes.get(at..).ok_or_else(malformed)?);
        let value = next(bytes, &mut at, DEPTH)?;
        if is_reply {
            values.push(value);
        }
    }
    Ok(values)
}

/// The reply that is all of these bytes.
///
/// # Errors
///
/// If it is no reply, or nested deeper than any that is asked for.
pub(super) fn value(bytes: &[u8]) -> RedisResult<Value> {
    let mut at = 0;
    next(bytes, &mut at, DEPTH)
}

fn next(bytes: &[u8], at: &mut usize, depth: usize) -> RedisResult<Value> {
    let begin = *at;
    let (line, end) = line(bytes, begin).ok_or_else(malformed)?;
    *at = end;
    match line {
        b"+OK" => Ok(Value::Okay),
        b"$-1" | b"_" | b"*-1" => Ok(Value::Nil),
        [b':', number @ ..] => Ok(Value::Int(integer(number).ok_or_else(malformed)?)),
        [b'$', length @ ..] => {
            let length = count(length)?.ok_or_else(malformed)?;
            let text = bytes.get(end..).and_then(|rest| rest.get(..length));
            *at = end_of(end, length)?;
            Ok(Value::BulkString(text.ok_or_else(malformed)?.to_vec()))
        }
        [b'*', count_of @ ..] => {
            let count = count(count_of)?.ok_or_else(malformed)?;
            let depth = depth.checked_sub(1).ok_or_else(malformed)?;
            // Each takes three bytes at the least.
            let mut values = Vec::with_capacity(count.min(bytes.len() / 3));
            for _ in 0..count {
                values.push(next(bytes, at, depth)?);
            }
            Ok(Value::Array(values))
        }
        _ => {
            let rest = &bytes[begin..];
            let length = length(rest)?.map_err(|_| malformed())?;
            *at = begin + length;
            parse_redis_value(&rest[..length])
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

fn integer(digits: &[u8]) -> Option<i64> {
    str::from_utf8(digits).ok()?.parse().ok()
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
            let ours = value(reply).expect("it is a reply");
            // Only `*-1` is nothing to us, and an error to nobody.
            assert_eq!(format!("{ours:?}"), format!("{theirs:?}"), "{shown}");
        }
    }

    #[test]
    fn messages_between_replies_are_no_replies() {
        let bytes = b">2\r\n$10\r\ninvalidate\r\n_\r\n:1\r\n>1\r\n+x\r\n:2\r\n";
        assert_eq!(values(bytes, 2).unwrap(), [Value::Int(1), Value::Int(2)]);
        assert!(values(bytes, 3).is_err());
        assert_eq!(values(b"", 0).unwrap(), []);
    }

    #[test]
    fn a_reply_is_whole_when_its_last_byte_has_come() {
        for reply in REPLIES {
            let more = [*reply, b"+OK\r\n"].concat();
            assert_eq!(length(&more).unwrap(), Ok(reply.len()));
            for cut in 0..reply.len() {
                let missing = length(&reply[..cut]).unwrap().unwrap_err();
                let shown = reply[..cut].escape_ascii();
                assert!((1..=reply.len() - cut).contains(&missing), "{shown}");
            }
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
