//! Connections to servers, over TCP, TLS or a socket of this machine.

use std::io;
use std::net::SocketAddr;

#[cfg(feature = "redis")]
use tokio::io::{AsyncRead, AsyncWrite};
#[cfg(all(feature = "redis", unix))]
use tokio::net::UnixStream;
use tokio::net::{TcpStream, lookup_host};
use tokio::task::JoinSet;
#[cfg(feature = "tls")]
use tokio_rustls::client::TlsStream;

use super::stage::Stage;
#[cfg(feature = "tls")]
use super::tls::Tls;
use crate::address::Host;

/// Both directions of a connection. Where the system allows it, one does not wait for the other.
#[cfg(feature = "redis")]
pub(super) struct Stream {
    pub(super) reading: Box<dyn AsyncRead + Send + Unpin>,
    pub(super) writing: Box<dyn AsyncWrite + Send + Unpin>,
}

#[cfg(feature = "redis")]
impl Stream {
    /// That of any connection: who reads waits for who writes.
    pub(super) fn of(both: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) -> Self {
        let (reading, writing) = tokio::io::split(both);
        Self {
            reading: Box::new(reading),
            writing: Box::new(writing),
        }
    }
}

#[cfg(feature = "redis")]
impl From<TcpStream> for Stream {
    fn from(stream: TcpStream) -> Self {
        let (reading, writing) = stream.into_split();
        Self {
            reading: Box::new(reading),
            writing: Box::new(writing),
        }
    }
}

#[cfg(all(feature = "redis", unix))]
impl From<UnixStream> for Stream {
    fn from(stream: UnixStream) -> Self {
        let (reading, writing) = stream.into_split();
        Self {
            reading: Box::new(reading),
            writing: Box::new(writing),
        }
    }
}

/// Connects to a host; the stage says how far it is.
///
/// # Errors
///
/// If none of the host's addresses can be reached, or TLS cannot be agreed on.
#[cfg(feature = "redis")]
pub(super) async fn connect(host: &Host, tls: Option<&Tls>, stage: &Stage) -> io::Result<Stream> {
    let stream = tcp(host, stage).await?;
    Ok(match tls {
        None => stream.into(),
        Some(tls) => Stream::of(encrypted(host, stream, tls, stage).await?),
    })
}

/// Agrees on TLS over a connection.
///
/// # Errors
///
/// If it cannot be agreed on.
#[cfg(feature = "tls")]
pub(super) async fn encrypted(
    host: &Host,
    stream: TcpStream,
    tls: &Tls,
    stage: &Stage,
) -> io::Result<TlsStream<TcpStream>> {
    stage.set(format!(
        "no answer to the TLS handshake with {host}: does the server expect TLS on this port?"
    ));
    tls.connect(host, stream).await
}

/// Connects to all addresses of the host at once: one that swallows what it is sent does not keep the others waiting.
///
/// # Errors
///
/// If none of the addresses can be reached.
pub(super) async fn tcp(host: &Host, stage: &Stage) -> io::Result<TcpStream> {
    stage.set(format!("connecting to {host}"));
    let about = |error: io::Error| io::Error::new(error.kind(), format!("{host}: {error}"));
    let addresses = lookup_host((host.name.as_str(), host.port)).await;
    first(addresses.map_err(about)?).await.map_err(about)
}

/// A connection to whichever address is reached first; the last error if none is.
async fn first(addresses: impl Iterator<Item = SocketAddr>) -> io::Result<TcpStream> {
    let mut connecting = JoinSet::new();
    for address in addresses {
        connecting.spawn(TcpStream::connect(address));
    }
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
    while let Some(connected) = connecting.join_next().await {
        match connected {
            Ok(Ok(stream)) => {
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Ok(Err(error)) => last = error,
            Err(panicked) => last = panicked.into(),
        }
    }
    Err(last)
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::time::Duration;

    use tokio::net::TcpSocket;
    use tokio::time::timeout;

    use super::*;

    fn listen(waiting: u32) -> tokio::net::TcpListener {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        socket.listen(waiting).unwrap()
    }

    /// A listener whose queue is full stands for an address behind which packets are dropped.
    #[tokio::test]
    async fn an_address_that_swallows_what_it_is_sent_does_not_keep_the_others_waiting() {
        let (silent, answering) = (listen(0), listen(16));
        let swallows = silent.local_addr().unwrap();
        let mut queue = Vec::new();
        let connect = || timeout(Duration::from_millis(50), TcpStream::connect(swallows));
        while let Ok(connected) = connect().await {
            queue.push(connected.unwrap());
        }
        let answers = answering.local_addr().unwrap();
        let connecting = first([swallows, answers].into_iter());
        let connected = timeout(Duration::from_secs(20), connecting).await;
        let stream = connected.expect("in time").unwrap();
        assert_eq!(stream.peer_addr().unwrap(), answers);
    }
}
