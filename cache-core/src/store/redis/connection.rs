//! A connection, and the life of the server behind it.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::atomic::{AtomicBool, Ordering};

use redis::aio::MultiplexedConnection;
use redis::cluster_async::ClusterConnection;
use redis::cluster_routing::{
    MultipleNodeRoutingInfo, ResponsePolicy, Route, RoutingInfo, SingleNodeRoutingInfo, Slot,
    SlotAddr,
};
use redis::{
    AsyncConnectionConfig, Client, Cmd, ErrorKind, Pipeline, RedisError, RedisResult,
    ServerErrorKind, Value,
};
use siphasher::sip::SipHasher13;

use super::target::{ANSWER, CONNECT, Servers, Target};

/// A connection to one server, or one to each node of a cluster. It is not mended: after an error there is another one, which
/// has an era of its own.
pub(super) struct Connection {
    link: Link,
    /// Which life of the servers answers over it.
    pub(super) era: u64,
    broken: AtomicBool,
}

enum Link {
    One(MultiplexedConnection),
    /// Its client connects to single nodes again by itself. A connection that was there when the era was read bears this
    /// mark; with no mark, any will do.
    Cluster(ClusterConnection, Option<String>),
}

impl Connection {
    pub(super) async fn open(target: &Target) -> RedisResult<Self> {
        let (link, era) = match &target.servers {
            Servers::One(client) => {
                let (connection, era) = one(client, target.keep).await?;
                (Link::One(connection), era)
            }
            Servers::Cluster(client) => {
                let mut nodes = client.get_async_connection().await?;
                if target.keep {
                    (Link::Cluster(nodes, None), 0)
                } else {
                    // Before the run ids are read: a node that restarts in between has lost its mark.
                    let mark = mark(&mut nodes).await?;
                    let era = era_of_primaries(&mut nodes).await?;
                    (Link::Cluster(nodes, Some(mark)), era)
                }
            }
        };
        Ok(Self {
            link,
            era,
            broken: AtomicBool::new(false),
        })
    }

    pub(super) fn is_cluster(&self) -> bool {
        matches!(self.link, Link::Cluster(..))
    }

    /// Whether the next request is to go over another connection.
    pub(super) fn is_broken(&self) -> bool {
        self.broken.load(Ordering::Relaxed)
    }

    /// Reads the era again where it can change without an error: in a cluster, of which this process may not use every node.
    pub(super) async fn check(&self) {
        if let Link::Cluster(nodes, Some(_)) = &self.link {
            let era = era_of_primaries(&mut nodes.clone()).await;
            if era != Ok(self.era) {
                self.broken.store(true, Ordering::Relaxed);
            }
        }
    }

    /// Sends a pipeline, to the primary of a slot or to the one server, and returns one reply for each command.
    pub(super) async fn send(
        &self,
        slot: Option<Slot>,
        pipeline: &Pipeline,
    ) -> RedisResult<Vec<Value>> {
        let replies = match (&self.link, slot) {
            (Link::Cluster(nodes, mark), Some(slot)) => {
                send_to_primary(nodes, mark.as_deref(), slot, pipeline).await
            }
            (Link::Cluster(..), None) => Err((ErrorKind::Client, "a key has a slot").into()),
            (Link::One(connection), _) => {
                let mut connection = connection.clone();
                connection
                    .send_packed_commands(pipeline, 0, pipeline.len())
                    .await
            }
        };
        if replies
            .as_ref()
            .map_or(true, |replies| replies.iter().any(is_no_primary))
        {
            self.broken.store(true, Ordering::Relaxed);
        }
        replies
    }
}

async fn send_to_primary(
    nodes: &ClusterConnection,
    mark: Option<&str>,
    slot: Slot,
    pipeline: &Pipeline,
) -> RedisResult<Vec<Value>> {
    let mut pipeline = pipeline.clone();
    if mark.is_some() {
        let mut name = redis::cmd("CLIENT");
        name.arg("GETNAME");
        pipeline.add_command(name);
    }
    let count = pipeline.len();
    let primary = Route::with_slot(slot, SlotAddr::Master);
    let primary = SingleNodeRoutingInfo::SpecificNode(primary);
    let mut replies = nodes
        .clone()
        .route_pipeline(pipeline, 0, count, primary)
        .await?;
    if let Some(mark) = mark
        && !matches!(replies.pop(), Some(Value::BulkString(name)) if name == mark.as_bytes())
    {
        return Err(fault("a node of the cluster was replaced or has restarted"));
    }
    Ok(replies)
}

/// Whether a server says that it is a replica: its clients have to find the primary anew.
fn is_no_primary(reply: &Value) -> bool {
    let Value::ServerError(error) = reply else {
        return false;
    };
    matches!(
        error.kind(),
        Some(ServerErrorKind::ReadOnly | ServerErrorKind::MasterDown)
    )
}

/// Connects to a primary, and says which life of it this is.
async fn one(client: &Client, keep: bool) -> RedisResult<(MultiplexedConnection, u64)> {
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(CONNECT))
        .set_response_timeout(Some(ANSWER));
    let mut connection = client
        .get_multiplexed_async_connection_with_config(&config)
        .await?;
    let mut pipeline = redis::pipe();
    pipeline
        .add_command(info("server"))
        .add_command(info("replication"));
    let (server, replication): (String, String) = pipeline.query_async(&mut connection).await?;
    if line(&replication, "role") != Some("master") {
        return Err(fault("the server is a replica"));
    }
    let era = if keep { 0 } else { era_of([run_id(&server)?]) };
    Ok((connection, era))
}

/// Gives the connections that there are to the primaries a name that no other has.
async fn mark(nodes: &mut ClusterConnection) -> RedisResult<String> {
    let mark = format!("cache-{:016x}", RandomState::new().build_hasher().finish());
    let mut name = redis::cmd("CLIENT");
    name.arg("SETNAME").arg(&mark);
    nodes
        .route_command(name, primaries(Some(ResponsePolicy::AllSucceeded)))
        .await?;
    Ok(mark)
}

async fn era_of_primaries(nodes: &mut ClusterConnection) -> RedisResult<u64> {
    let infos = nodes.route_command(info("server"), primaries(None)).await?;
    let infos: Vec<(String, String)> = redis::from_redis_value(infos.extract_error()?)?;
    let ids = infos.iter().map(|(_, info)| run_id(info));
    let mut ids = ids.collect::<RedisResult<Vec<_>>>()?;
    ids.sort_unstable();
    Ok(era_of(ids))
}

fn primaries(policy: Option<ResponsePolicy>) -> RoutingInfo {
    RoutingInfo::MultiNode((MultipleNodeRoutingInfo::AllMasters, policy))
}

fn info(section: &str) -> Cmd {
    let mut command = redis::cmd("INFO");
    command.arg(section);
    command
}

/// A line of `INFO`.
fn line<'a>(info: &'a str, name: &str) -> Option<&'a str> {
    let value = |line: &'a str| line.strip_prefix(name)?.strip_prefix(':');
    info.lines().find_map(value).map(str::trim_end)
}

fn run_id(info: &str) -> RedisResult<&str> {
    let id = line(info, "run_id").filter(|id| !id.is_empty());
    id.ok_or_else(|| {
        fault("the server does not say its run_id: use `on_failover=keep` if it loses nothing")
    })
}

/// The same in every process, and never zero: that is the era of stores that have none.
fn era_of<'a>(ids: impl IntoIterator<Item = &'a str>) -> u64 {
    let mut hasher = SipHasher13::new();
    for id in ids {
        hasher.write(id.as_bytes());
        hasher.write(b"\n");
    }
    hasher.finish().max(1)
}

fn fault(text: &'static str) -> RedisError {
    (ErrorKind::Client, text).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_info_are_found_by_their_whole_name() {
        let info = "# Server\r\nredis_version:7.0.15\r\nrun_id:abc\r\nrun_id_of_another:def\r\n";
        assert_eq!(line(info, "run_id"), Some("abc"));
        assert_eq!(run_id(info).unwrap(), "abc");
        assert!(run_id("# Server\r\nrun_id:\r\n").is_err());
        assert!(run_id("").is_err());
    }

    #[test]
    fn eras_of_other_servers_differ() {
        assert_ne!(era_of(["a"]), era_of(["b"]));
        assert_ne!(era_of(["a", "b"]), era_of(["ab"]));
        assert_ne!(era_of([]), 0);
    }
}
