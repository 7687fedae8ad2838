//! The connection to one server.

use std::io;
use std::path::{Path, PathBuf};

use redis::{Pipeline, RedisConnectionInfo, RedisResult};
use tokio::task::AbortHandle;

use super::wire::{Pushes, Wire};
use crate::address::Host;
use crate::store::socket::{self, Stream};
use crate::store::stage::Stage;
use crate::store::tls::Tls;

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
    pub(super) wire: Wire,
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
async fn unix(path: &Path) -> io::Result<Stream> {
    Ok(tokio::net::UnixStream::connect(path).await?.into())
}

#[cfg(not(unix))]
async fn unix(_: &Path) -> io::Result<Stream> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Signs in over a connection. To be called where connections are driven. With somebody to take them, the server is asked in
/// the version of the protocol that has messages of its own.
pub(super) async fn sign_in(
    stream: Stream,
    settings: &RedisConnectionInfo,
    pushes: Option<Pushes>,
) -> RedisResult<Link> {
    let commands = introduction(settings, pushes.is_some());
    let (wire, driver) = Wire::new(stream, pushes);
    let driver = tokio::spawn(driver).abort_handle();
    let link = Link { wire, driver };
    for reply in link.wire.ask_all(&commands).await? {
        reply.extract_error()?;
    }
    Ok(link)
}

/// Who asks, in which version of the protocol, and for which database.
fn introduction(settings: &RedisConnectionInfo, has_pushes: bool) -> Pipeline {
    let mut commands = redis::pipe();
    let (user, password) = (settings.username(), settings.password());
    if has_pushes {
        commands.cmd("HELLO").arg(3);
        if let Some(password) = password {
            let user = user.unwrap_or("default");
            commands.arg("AUTH").arg(user).arg(password);
        }
    } else if let Some(password) = password {
        commands.cmd("AUTH").arg(user).arg(password);
    }
    if settings.db() != 0 {
        commands.cmd("SELECT").arg(settings.db());
    }
    commands
}
