//! Where servers are: `memcached://host:port,host:port` and `memcached+unix:///path`.

use std::fmt;
use std::io;
use std::pin::Pin;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use crate::address::{Address, decode};
use crate::error::{Error, Result};

const PORT: u16 = 11211;

/// One server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Endpoint {
    /// `host:port`.
    Tcp(String),
    /// The path of a socket.
    Unix(String),
}

/// A connection's two directions.
pub(super) type Halves = (
    Pin<Box<dyn AsyncRead + Send>>,
    Pin<Box<dyn AsyncWrite + Send>>,
);

impl Endpoint {
    /// The servers that an address names, each once.
    ///
    /// # Errors
    ///
    /// If it names none, one twice, or says what is no place of a server.
    pub(super) fn all_of(address: &Address) -> Result<Vec<Self>> {
        read(address).map_err(|fault| Error::address(&address.shown(), &fault))
    }

    /// What the server is called: by this name it takes part in the choice of a key's server.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Tcp(name) | Self::Unix(name) => name,
        }
    }

    pub(super) async fn connect(&self) -> io::Result<Halves> {
        match self {
            Self::Tcp(place) => {
                let stream = TcpStream::connect(place.as_str()).await?;
                stream.set_nodelay(true)?;
                let (read, write) = stream.into_split();
                Ok((Box::pin(read), Box::pin(write)))
            }
            Self::Unix(path) => connect_unix(path).await,
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "memcached at {}", self.name())
    }
}

#[cfg(unix)]
async fn connect_unix(path: &str) -> io::Result<Halves> {
    let (read, write) = tokio::net::UnixStream::connect(path).await?.into_split();
    Ok((Box::pin(read), Box::pin(write)))
}

#[cfg(not(unix))]
async fn connect_unix(_path: &str) -> io::Result<Halves> {
    Err(io::ErrorKind::Unsupported.into())
}

fn read(address: &Address) -> std::result::Result<Vec<Endpoint>, String> {
    let rest = address.rest.strip_prefix("//");
    let rest = rest.ok_or("`//` is missing after the scheme")?;
    match address.scheme.as_str() {
        "memcached" => read_hosts(rest.strip_suffix('/').unwrap_or(rest)),
        "memcached+unix" => {
            let path = decode(rest).ok_or("the path is no UTF-8")?;
            let is_absolute = path.starts_with('/');
            let fault = "a socket is named by its whole path: memcached+unix:///run/memcached.sock";
            is_absolute
                .then(|| vec![Endpoint::Unix(path)])
                .ok_or_else(|| fault.into())
        }
        other => Err(format!("`{other}` is no scheme of Memcached")),
    }
}

fn read_hosts(list: &str) -> std::result::Result<Vec<Endpoint>, String> {
    if list.contains('@') {
        return Err("there are no users and passwords here".into());
    }
    let mut all = Vec::new();
    for place in list.split(',') {
        let host = read_host(place.trim())?;
        if all.contains(&host) {
            return Err(format!("`{place}` stands there twice"));
        }
        all.push(host);
    }
    Ok(all)
}

fn read_host(place: &str) -> std::result::Result<Endpoint, String> {
    let (host, port) = match place.rsplit_once(':') {
        // In `[::1]` the last colon is a part of the host.
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (place, None),
    };
    let bare = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    let is_host = match bare {
        Some(bare) => bare.parse::<std::net::Ipv6Addr>().is_ok(),
        None => !host.is_empty() && !host.contains(['/', ':', '[', ']', ' ', '#']),
    };
    if !is_host {
        return Err(format!("`{place}` is no host and port"));
    }
    let port = match port {
        Some(port) => port.parse().ok().filter(|port| *port != 0),
        None => Some(PORT),
    };
    let port = port.ok_or_else(|| format!("`{place}`: the port is no number from 1 to 65535"))?;
    Ok(Endpoint::Tcp(format!(
        "{}:{port}",
        host.to_ascii_lowercase()
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(url: &str) -> Vec<String> {
        let all = Endpoint::all_of(&Address::parse(url).unwrap()).unwrap();
        all.iter().map(|one| one.name().to_owned()).collect()
    }

    #[test]
    fn servers_are_listed_with_their_ports() {
        assert_eq!(names("memcached://one"), ["one:11211"]);
        assert_eq!(
            names("memcached://One:1,10.0.0.2,[::1]:3,[fe80::1]/"),
            ["one:1", "10.0.0.2:11211", "[::1]:3", "[fe80::1]:11211"]
        );
        assert_eq!(names("memcached+unix:///run/a%20b"), ["/run/a b"]);
    }

    #[test]
    fn what_is_no_server_is_an_error_that_says_so() {
        for (url, fault) in [
            ("memcached:one", "`//` is missing"),
            ("memcached://", "no host"),
            ("memcached://one,,two", "no host"),
            ("memcached://one,one:11211", "twice"),
            ("memcached://one:0", "the port"),
            ("memcached://one:70000", "the port"),
            ("memcached://one:x", "the port"),
            ("memcached://one/0", "no host"),
            ("memcached://::1", "no host"),
            ("memcached://user:secret@one", "no users"),
            ("memcached+unix://run/a", "whole path"),
            ("redis://one", "no scheme"),
        ] {
            let error = Endpoint::all_of(&Address::parse(url).unwrap()).unwrap_err();
            let text = error.to_string();
            assert!(text.contains(fault), "{url}: {text}");
            assert!(error.is_address() && !text.contains("secret"), "{text}");
        }
    }
}
