//! Requests in the meta protocol of Memcached (doc/protocol.txt of its sources, "Meta Commands").

use std::time::Duration;

use super::key::spelled;
use super::life;

/// What a server is asked, on its own, with keys spelled as it takes them.
#[derive(Debug)]
pub(super) enum MetaRequest {
    Get { key: Vec<u8> },
    Put(MetaPut),
    Delete { key: Vec<u8> },
}

#[derive(Debug)]
pub(super) struct MetaPut {
    key: Vec<u8>,
    value: Vec<u8>,
    life: u64,
    mode: Mode,
}

/// When a value is to be written.
#[derive(Clone, Copy, Debug)]
pub(super) enum Mode {
    Always,
    Absent,
    /// If it has not been written since a reply told this number.
    Unchanged(u64),
}

/// What a request is answered with depends on this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MetaCommand {
    Get,
    Put,
    Delete,
}

impl MetaRequest {
    pub(super) fn get(key: &[u8]) -> Self {
        Self::Get { key: spelled(key) }
    }

    pub(super) fn put(key: &[u8], value: &[u8], ttl: Option<Duration>, mode: Mode) -> Self {
        Self::Put(MetaPut {
            key: spelled(key),
            value: value.to_vec(),
            life: life::written(ttl),
            mode,
        })
    }

    pub(super) fn delete(key: &[u8]) -> Self {
        Self::Delete { key: spelled(key) }
    }

    pub(super) fn asked(&self) -> MetaCommand {
        match self {
            Self::Get { .. } => MetaCommand::Get,
            Self::Put(_) => MetaCommand::Put,
            Self::Delete { .. } => MetaCommand::Delete,
        }
    }

    /// The key, as it is spelled.
    pub(super) fn key(&self) -> &[u8] {
        match self {
            Self::Get { key } | Self::Delete { key } | Self::Put(MetaPut { key, .. }) => key,
        }
    }

    /// Writes it as bytes. The number comes back with the reply (flag `O`).
    pub(super) fn encode(&self, number: u64, out: &mut Vec<u8>) {
        let command = match self {
            Self::Get { .. } => "mg ",
            Self::Put(_) => "ms ",
            Self::Delete { .. } => "md ",
        };
        out.extend_from_slice(command.as_bytes());
        out.extend_from_slice(self.key());
        match self {
            Self::Get { .. } => out.extend_from_slice(format!(" v t c O{number}\r\n").as_bytes()),
            Self::Delete { .. } => out.extend_from_slice(format!(" O{number}\r\n").as_bytes()),
            Self::Put(put) => put.encode(number, out),
        }
    }
}

impl MetaPut {
    /// What follows the key.
    fn encode(&self, number: u64, out: &mut Vec<u8>) {
        let (length, life) = (self.value.len(), self.life);
        let mode = match self.mode {
            Mode::Always => String::new(),
            Mode::Absent => " ME".to_owned(),
            Mode::Unchanged(cas) => format!(" C{cas}"),
        };
        out.extend_from_slice(format!(" {length} T{life}{mode} O{number}\r\n").as_bytes());
        out.extend_from_slice(&self.value);
        out.extend_from_slice(b"\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(request: &MetaRequest) -> String {
        let mut out = Vec::new();
        request.encode(7, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn requests_are_lines_and_a_value() {
        assert_eq!(bytes(&MetaRequest::get(b"a b")), "mg a%20b v t c O7\r\n");
        assert_eq!(bytes(&MetaRequest::delete(b"a")), "md a O7\r\n");
        let put = |ttl, mode| bytes(&MetaRequest::put(b"a", b"x\r\ny", ttl, mode));
        assert_eq!(put(None, Mode::Always), "ms a 4 T0 O7\r\nx\r\ny\r\n");
        let minute = Some(Duration::from_secs(60));
        assert_eq!(put(minute, Mode::Absent), "ms a 4 T61 ME O7\r\nx\r\ny\r\n");
        assert_eq!(
            put(minute, Mode::Unchanged(9)),
            "ms a 4 T61 C9 O7\r\nx\r\ny\r\n"
        );
    }
}
