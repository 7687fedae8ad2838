//! Where a store's address leads.

use std::time::Duration;

use redis::cluster::ClusterClient;
use redis::io::tcp::TcpSettings;
use redis::{
    ClientTlsConfig, ConnectionAddr, ConnectionInfo, IntoConnectionInfo, RedisConnectionInfo,
    RedisResult, TlsCertificates,
};

use super::link::{RedisServer, ServerAddress};
use super::sentinel::Sentinels;
use super::wire::ANSWER;
use crate::address::{Address, Host, Servers, Socket};
use crate::error::{Error, Result};
use crate::store::tls::Tls;

/// How long a connect may take.
pub(super) const CONNECT: Duration = Duration::from_secs(2);

const PORT: u16 = 6379;
const SENTINEL_PORT: u16 = 26379;

/// Servers to connect to, and what their failover means.
pub(super) struct RedisTarget {
    pub(super) servers: TargetServers,
    /// Whether what was written before a failover still counts.
    pub(super) keep: bool,
    /// Whether the server is to tell of changes.
    backplane: bool,
}

#[expect(clippy::large_enum_variant, reason = "a store has one")]
pub(super) enum TargetServers {
    One(RedisServer),
    Sentinels(Sentinels),
    Cluster(ClusterClient),
}

/// What a scheme says, beside whether there is TLS.
enum TargetKind {
    One,
    Unix,
    Sentinel,
    Cluster,
}

impl RedisTarget {
    /// Takes its own options out of an address.
    pub(super) fn of(address: &mut Address) -> Result<Self> {
        let shown = address.shown();
        let fault = |fault: String| Error::address(&shown, &fault);
        let Some((kind, is_tls)) = scheme(&address.scheme) else {
            let scheme = &address.scheme;
            return Err(fault(format!("`{scheme}` is not a scheme of Redis")));
        };
        let keep = address.take_as("on_failover", "`forget` or `keep`", |text| match text {
            "forget" => Some(false),
            "keep" => Some(true),
            _ => None,
        })?;
        let backplane = address.take_as("backplane", "`on` or `off`", |text| match text {
            "on" => Some(true),
            "off" => Some(false),
            _ => None,
        })?;
        let tls = Tls::take(address, is_tls)?;
        let servers = match kind {
            TargetKind::One => one(&address.rest, tls).map_err(fault)?,
            TargetKind::Unix => {
                let db = address.take_as("db", "a number of a database", database)?;
                unix(&address.rest, db.unwrap_or(0)).map_err(fault)?
            }
            TargetKind::Sentinel => {
                let user = address.take("sentinel_user");
                let password = address.take("sentinel_password");
                if user.is_some() && password.is_none() {
                    return Err(fault("`sentinel_user` needs `sentinel_password`".into()));
                }
                let own = settings(user, password, 0);
                sentinels(&address.rest, own, tls).map_err(fault)?
            }
            TargetKind::Cluster => cluster(&address.rest, tls.as_ref()).map_err(fault)?,
        };
        Ok(Self {
            servers,
            keep: keep.unwrap_or(false),
            backplane: backplane.unwrap_or(true),
        })
    }

    /// Whether the server is to tell of changes: a cluster does not, since each key is read from the node that has it.
    pub(super) fn tells_of_changes(&self) -> bool {
        self.backplane && !matches!(self.servers, TargetServers::Cluster(_))
    }
}

fn scheme(scheme: &str) -> Option<(TargetKind, bool)> {
    let (server, kind) = scheme.split_once('+').unwrap_or((scheme, ""));
    let is_tls = match server {
        "redis" | "valkey" => false,
        "rediss" | "valkeys" => true,
        _ => return None,
    };
    let kind = match kind {
        "" => TargetKind::One,
        "unix" if !is_tls => TargetKind::Unix,
        "sentinel" => TargetKind::Sentinel,
        "cluster" => TargetKind::Cluster,
        _ => return None,
    };
    Some((kind, is_tls))
}

fn one(rest: &str, tls: Option<Tls>) -> std::result::Result<TargetServers, String> {
    let named = Servers::read(rest, PORT)?;
    let host = named.one()?.clone();
    let db = path_database(&named.path)?;
    Ok(TargetServers::One(RedisServer {
        place: ServerAddress::Tcp(host, tls),
        settings: settings(named.user, named.password, db),
    }))
}

fn unix(rest: &str, db: i64) -> std::result::Result<TargetServers, String> {
    let socket =
        Socket::read(rest).map_err(|error| format!("{error}: redis+unix:///run/redis.sock"))?;
    Ok(TargetServers::One(RedisServer {
        place: ServerAddress::Unix(socket.path.into()),
        settings: settings(socket.user, socket.password, db),
    }))
}

/// `//user:password@sentinel:26379,sentinel/service/db`.
fn sentinels(
    rest: &str,
    own: RedisConnectionInfo,
    tls: Option<Tls>,
) -> std::result::Result<TargetServers, String> {
    let named = Servers::read(rest, SENTINEL_PORT)?;
    let (service, db) = named.path.split_once('/').unwrap_or((&named.path, ""));
    if service.is_empty() {
        return Err(
            "the name of the service is missing: redis+sentinel://host:26379/service".into(),
        );
    }
    let settings = settings(named.user, named.password, path_database(db)?);
    let service = service.to_owned();
    Ok(TargetServers::Sentinels(Sentinels::new(
        named.hosts,
        service,
        own,
        settings,
        tls,
    )))
}

fn cluster(rest: &str, tls: Option<&Tls>) -> std::result::Result<TargetServers, String> {
    let named = Servers::read(rest, PORT)?;
    if !named.path.is_empty() {
        return Err("a cluster has no databases: use the option `prefix`".into());
    }
    if tls.is_some_and(Tls::has_name) {
        return Err(
            "`tls_server_name` is for one server: the certificates of a cluster name its nodes"
                .into(),
        );
    }
    let client = cluster_client(&named, tls).map_err(|error| error.to_string())?;
    Ok(TargetServers::Cluster(client))
}

fn path_database(path: &str) -> std::result::Result<i64, String> {
    if path.is_empty() {
        return Ok(0);
    }
    database(path).ok_or_else(|| format!("`/{path}` is not a number of a database, such as `/1`"))
}

fn database(text: &str) -> Option<i64> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    let number: i32 = is_number.then(|| text.parse().ok()).flatten()?;
    Some(number.into())
}

fn settings(user: Option<String>, password: Option<String>, db: i64) -> RedisConnectionInfo {
    let mut settings = RedisConnectionInfo::default().set_db(db);
    if let Some(user) = user {
        settings = settings.set_username(user);
    }
    if let Some(password) = password {
        settings = settings.set_password(password);
    }
    settings
}

fn cluster_client(named: &Servers, tls: Option<&Tls>) -> RedisResult<ClusterClient> {
    let node = |host: &Host| -> RedisResult<ConnectionInfo> {
        let (host, port) = (host.name.clone(), host.port);
        let address = match tls {
            None => ConnectionAddr::Tcp(host, port),
            Some(_) => ConnectionAddr::TcpTls {
                host,
                port,
                insecure: false,
                tls_params: None,
            },
        };
        let (user, password) = (named.user.clone(), named.password.clone());
        let info = address.into_connection_info()?;
        Ok(info.set_redis_settings(settings(user, password, 0)))
    };
    let nodes = named.hosts.iter().map(node);
    let mut builder = ClusterClient::builder(nodes.collect::<RedisResult<Vec<_>>>()?)
        // A put runs at most once: one that is sent again because its answer was lost could bring back a lease or a stamp
        // that somebody has deleted in between. The client still learns where a key has gone.
        .retries(0)
        .connection_timeout(CONNECT)
        .response_timeout(ANSWER)
        .overall_response_timeout(Some(ANSWER))
        // A pipeline is written at once, and waits for nothing.
        .tcp_settings(TcpSettings::default().set_nodelay(true));
    if let Some(tls) = tls {
        take_a_crypto_provider();
        let client = tls.files.client.clone();
        builder = builder.certs(TlsCertificates {
            client_tls: client.map(|(client_cert, client_key)| ClientTlsConfig {
                client_cert,
                client_key,
            }),
            root_cert: tls.files.ca.clone(),
        });
    }
    builder.build()
}

/// The client of a cluster asks for the one that the process has chosen, and panics if there is none.
fn take_a_crypto_provider() {
    use rustls::crypto::{CryptoProvider, ring};

    if CryptoProvider::get_default().is_none() {
        // Somebody else may have been quicker, and then there is one.
        drop(ring::default_provider().install_default());
    }
}
