//! Where servers are: `memcached://host:port,host:port` and `memcached+unix:///path`.

use std::fmt;
use std::io;
use std::pin::Pin;
#[cfg(feature = "tls")]
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};

use crate::address::{Address, Host, Servers, Socket};
use crate::error::{Error, Result};
use crate::store::socket;
use crate::store::stage::Stage;
#[cfg(feature = "tls")]
use crate::store::tls::Tls;

const PORT: u16 = 11211;
const NO_USERS: &str = "there are no users and passwords for Memcached";

/// One server.
pub(super) struct Endpoint {
    name: String,
    place: EndpointAddress,
}

enum EndpointAddress {
    Tcp(Host),
    #[cfg(feature = "tls")]
    Tls(Host, Arc<Tls>),
    /// The path of a socket.
    Unix,
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
    /// If it names none, one twice, or says what is no place of a server; or if an option of TLS is wrong.
    pub(super) fn all_of(address: &mut Address) -> Result<Vec<Self>> {
        #[cfg(feature = "tls")]
        let tls = Tls::take(address, address.scheme == "memcacheds")?.map(Arc::new);
        let tcp = |host: Host| Self {
            name: host.to_string(),
            #[cfg(feature = "tls")]
            place: match &tls {
                Some(tls) => EndpointAddress::Tls(host, tls.clone()),
                None => EndpointAddress::Tcp(host),
            },
            #[cfg(not(feature = "tls"))]
            place: EndpointAddress::Tcp(host),
        };
        read(address, tcp).map_err(|fault| Error::address(&address.shown(), &fault))
    }

    /// What the server is called: by this name it takes part in the choice of a key's server.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) async fn connect(&self, stage: &Stage) -> io::Result<Halves> {
        match &self.place {
            EndpointAddress::Tcp(host) => {
                let (read, write) = socket::tcp(host, stage).await?.into_split();
                Ok((Box::pin(read), Box::pin(write)))
            }
            #[cfg(feature = "tls")]
            EndpointAddress::Tls(host, tls) => {
                let stream = socket::tcp(host, stage).await?;
                let stream = socket::encrypted(host, stream, tls, stage).await?;
                let (read, write) = tokio::io::split(stream);
                Ok((Box::pin(read), Box::pin(write)))
            }
            EndpointAddress::Unix => connect_unix(&self.name).await,
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

fn read(
    address: &Address,
    tcp: impl FnMut(Host) -> Endpoint,
) -> std::result::Result<Vec<Endpoint>, String> {
    match address.scheme.as_str() {
        #[cfg(not(feature = "tls"))]
        "memcacheds" => Err("the scheme `memcacheds` needs the feature `tls` of cache-core".into()),
        #[cfg(feature = "tls")]
        "memcacheds" => read_hosts(address, tcp),
        "memcached" => read_hosts(address, tcp),
        "memcached+unix" => {
            let socket = Socket::read(&address.rest)
                .map_err(|error| format!("{error}: memcached+unix:///run/memcached.sock"))?;
            if socket.password.is_some() {
                return Err(NO_USERS.into());
            }
            Ok(vec![Endpoint {
                name: socket.path,
                place: EndpointAddress::Unix,
            }])
        }
        other => Err(format!(
            "`{other}` is not a scheme of Memcached; known schemes: memcached, memcacheds, memcached+unix"
        )),
    }
}

fn read_hosts(
    address: &Address,
    tcp: impl FnMut(Host) -> Endpoint,
) -> std::result::Result<Vec<Endpoint>, String> {
    let servers = Servers::read(&address.rest, PORT)?;
    if servers.password.is_some() {
        return Err(NO_USERS.into());
    }
    if !servers.path.is_empty() {
        return Err("Memcached has no databases: use the option `prefix`".into());
    }
    Ok(servers.hosts.into_iter().map(tcp).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(url: &str) -> Vec<String> {
        let all = Endpoint::all_of(&mut Address::parse(url).unwrap()).unwrap();
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
            ("memcached://", "a host is missing"),
            ("memcached://one,one:11211", "listed twice"),
            ("memcached://one:0", "the port"),
            ("memcached://one/0", "no databases"),
            ("memcached://user:secret@one", "no users"),
            ("memcached+unix://:secret@/run/a", "no users"),
            ("memcached+unix://run/a", "whole path"),
            ("memcached+unix:///", "whole path"),
            ("memcached+unix:///a%00b", "whole path"),
            ("memcached+unix:///%ff", "whole path"),
            ("redis://one", "not a scheme"),
        ] {
            let error = Endpoint::all_of(&mut Address::parse(url).unwrap())
                .map(drop)
                .unwrap_err();
            let text = error.to_string();
            assert!(text.contains(fault), "{url}: {text}");
            assert!(error.is_invalid_url() && !text.contains("secret"), "{text}");
        }
    }
}
