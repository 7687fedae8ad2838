//! The connection to one server.

use std::io;
use std::path::Path;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, RedisConnectionInfo, RedisResult};
use tokio::task::AbortHandle;

use super::target::{ANSWER, Place, Server};
use crate::store::socket::{self, Stream};
use crate::store::stage::Stage;

/// A connection over which a user has signed in. It ends with this.
pub(super) struct Link {
    pub(super) connection: MultiplexedConnection,
    /// The task that drives it. By itself it waits for a server that answers no more.
    driver: AbortHandle,
}

impl Drop for Link {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// Connects to a server.
pub(super) async fn connect(server: &Server, stage: &Stage) -> RedisResult<Link> {
    let (stream, name) = match &server.place {
        Place::Tcp(host, tls) => {
            let stream = socket::connect(host, tls.as_ref(), stage).await?;
            (stream, host.to_string())
        }
        Place::Unix(path) => {
            stage.set(format!("connecting to {}", path.display()));
            (unix(path).await?, path.display().to_string())
        }
    };
    stage.set(format!("signing in at {name}"));
    sign_in(stream, &server.settings).await
}

#[cfg(unix)]
async fn unix(path: &Path) -> io::Result<Box<dyn Stream>> {
    Ok(Box::new(tokio::net::UnixStream::connect(path).await?))
}

#[cfg(not(unix))]
async fn unix(_: &Path) -> io::Result<Box<dyn Stream>> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Signs in over a connection. To be called where connections are driven.
pub(super) async fn sign_in(
    stream: Box<dyn Stream>,
    settings: &RedisConnectionInfo,
) -> RedisResult<Link> {
    let config = AsyncConnectionConfig::new().set_response_timeout(Some(ANSWER));
    let made = MultiplexedConnection::new_with_config(settings, stream, config);
    let (connection, driver) = made.await?;
    let driver = tokio::spawn(driver).abort_handle();
    Ok(Link { connection, driver })
}
