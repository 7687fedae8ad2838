//! The connection to one server.

use std::convert::Infallible;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, ProtocolVersion, PushInfo, RedisConnectionInfo, RedisResult};
use tokio::task::AbortHandle;

use crate::address::Host;
use crate::store::socket::{self, Stream};
use crate::store::stage::Stage;
use crate::store::tls::Tls;

/// How long an answer may take. Callers have limits of their own, and shorter ones; this one ends a connection that is dead
/// without having been closed.
pub(super) const ANSWER: Duration = Duration::from_secs(5);

/// One server.
pub(super) struct RedisServer {
    pub(super) place: ServerAddress,
    /// User, password and database.
    pub(super) settings: RedisConnectionInfo,
}

pub(super) enum ServerAddress {
    Tcp(Host, Option<Tls>),
    Unix(PathBuf),
}

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
pub(super) async fn connect(
    server: &RedisServer,
    stage: &Stage,
    pushes: Option<Pushes>,
) -> RedisResult<Link> {
    let (stream, name) = match &server.place {
        ServerAddress::Tcp(host, tls) => {
            let stream = socket::connect(host, tls.as_ref(), stage).await?;
            (stream, host.to_string())
        }
        ServerAddress::Unix(path) => {
            stage.set(format!("connecting to {}", path.display()));
            (unix(path).await?, path.display().to_string())
        }
    };
    stage.set(format!("signing in at {name}"));
    sign_in(stream, &server.settings, pushes).await
}

#[cfg(unix)]
async fn unix(path: &Path) -> io::Result<Box<dyn Stream>> {
    Ok(Box::new(tokio::net::UnixStream::connect(path).await?))
}

#[cfg(not(unix))]
async fn unix(_: &Path) -> io::Result<Box<dyn Stream>> {
    Err(io::ErrorKind::Unsupported.into())
}

/// What is done with each message that a server sends by itself, in their order and before later answers are given.
pub(super) type Pushes = Arc<dyn Fn(PushInfo) + Send + Sync>;

/// Signs in over a connection. To be called where connections are driven. With somebody to take them, the server is asked in
/// the version of the protocol that has messages of its own.
pub(super) async fn sign_in(
    stream: Box<dyn Stream>,
    settings: &RedisConnectionInfo,
    pushes: Option<Pushes>,
) -> RedisResult<Link> {
    let mut config = AsyncConnectionConfig::new().set_response_timeout(Some(ANSWER));
    let mut settings = settings.clone();
    if let Some(pushes) = pushes {
        settings = settings.set_protocol(ProtocolVersion::RESP3);
        config = config.set_push_sender(move |push| {
            pushes(push);
            Ok::<_, Infallible>(())
        });
    }
    let made = MultiplexedConnection::new_with_config(&settings, stream, config);
    let (connection, driver) = made.await?;
    let driver = tokio::spawn(driver).abort_handle();
    Ok(Link { connection, driver })
}
