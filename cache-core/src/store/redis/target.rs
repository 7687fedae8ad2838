//! Where a store's address leads.

use std::time::Duration;

use redis::cluster::ClusterClient;
use redis::io::tcp::TcpSettings;
use redis::{Client, ConnectionInfo, IntoConnectionInfo, RedisResult};

use crate::address::Address;
use crate::error::{Error, Result};

/// How long a connect may take.
pub(super) const CONNECT: Duration = Duration::from_secs(2);

/// How long an answer may take. Callers have limits of their own, and shorter ones; this one ends a connection that is dead
/// without having been closed.
pub(super) const ANSWER: Duration = Duration::from_secs(5);

/// Servers to connect to, and what their failover means.
pub(super) struct Target {
    pub(super) servers: Servers,
    /// Whether what was written before a failover still counts.
    pub(super) keep: bool,
}

#[expect(clippy::large_enum_variant, reason = "a store has one")]
pub(super) enum Servers {
    One(Client),
    Cluster(ClusterClient),
}

impl Target {
    /// Takes its own options out of an address.
    pub(super) fn of(address: &mut Address) -> Result<Self> {
        let shown = address.shown();
        let fault = |fault: &str| Error::address(&shown, fault);
        if address.rest.contains('#') {
            return Err(fault("there is nothing to say behind a `#`"));
        }
        let keep = address.take_as("on_failover", "`forget` or `keep`", |text| match text {
            "forget" => Some(false),
            "keep" => Some(true),
            _ => None,
        })?;
        let (tls, cluster) = match address.scheme.as_str() {
            "redis" | "redis+unix" => (false, false),
            "rediss" => (true, false),
            "redis+cluster" => (false, true),
            "rediss+cluster" => (true, true),
            scheme => return Err(fault(&format!("`{scheme}` is no scheme of Redis"))),
        };
        if tls {
            take_a_crypto_provider();
        }
        let wrong = |error: redis::RedisError| fault(&error.to_string());
        let servers = if cluster {
            let hosts = address.rest.trim_start_matches('/').trim_end_matches('/');
            if hosts.contains('/') {
                return Err(fault("a cluster has no databases"));
            }
            let urls = nodes(&address.rest, if tls { "rediss" } else { "redis" });
            let client =
                cluster_client(&urls.ok_or_else(|| fault("it names no node"))?).map_err(wrong)?;
            Servers::Cluster(client)
        } else {
            let mut info = info(&format!("{}:{}", address.scheme, address.rest)).map_err(wrong)?;
            if address.scheme == "redis+unix" {
                let db = address.take_as("db", "a number", |text| {
                    text.parse().ok().filter(|db| *db >= 0)
                })?;
                let settings = info.redis_settings().clone().set_db(db.unwrap_or(0));
                info = info.set_redis_settings(settings);
            }
            Servers::One(Client::open(info).map_err(wrong)?)
        };
        Ok(Self {
            servers,
            keep: keep.unwrap_or(false),
        })
    }
}

/// Each node of a cluster, as the address of one server.
fn nodes(rest: &str, scheme: &str) -> Option<Vec<String>> {
    let rest = rest.strip_prefix("//")?.trim_end_matches('/');
    let (user, hosts) = rest
        .rfind('@')
        .map_or(("", rest), |at| rest.split_at(at + 1));
    let node = |host: &str| (!host.is_empty()).then(|| format!("{scheme}://{user}{host}"));
    hosts.split(',').map(node).collect()
}

fn info(url: &str) -> RedisResult<ConnectionInfo> {
    Ok(url.into_connection_info()?.set_tcp_settings(tcp()))
}

/// A pipeline is written at once, and waits for nothing.
fn tcp() -> TcpSettings {
    TcpSettings::default().set_nodelay(true)
}

fn cluster_client(urls: &[String]) -> RedisResult<ClusterClient> {
    ClusterClient::builder(urls.iter().map(String::as_str))
        // A put runs at most once: one that is sent again because its answer was lost could bring back a lease or a stamp
        // that somebody has deleted in between. The client still learns where a key has gone.
        .retries(0)
        .connection_timeout(CONNECT)
        .response_timeout(ANSWER)
        .overall_response_timeout(Some(ANSWER))
        .tcp_settings(tcp())
        .build()
}

/// The client asks for the one that the process has chosen, and panics if there is none.
fn take_a_crypto_provider() {
    use rustls::crypto::{CryptoProvider, ring};

    if CryptoProvider::get_default().is_none() {
        // Somebody else may have been quicker, and then there is one.
        drop(ring::default_provider().install_default());
    }
}
