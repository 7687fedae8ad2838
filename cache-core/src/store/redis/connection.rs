//! A connection, and the life of the server behind it.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use redis::cluster_async::ClusterConnection;
use redis::cluster_routing::{
    MultipleNodeRoutingInfo, ResponsePolicy, Route, RoutingInfo, SingleNodeRoutingInfo, Slot,
    SlotAddr,
};
use redis::{Pipeline, RedisResult, ServerErrorKind, Value};

use super::commands::CommandPipeline;
use super::incarnation::{self, incarnation_of, info, run_id};
use super::link::{self, Link};
use super::resp::RespValue;
use super::target::{RedisTarget, TargetServers};
use super::tracked::{Listener, Tracked};
use crate::store::stage::Stage;
use crate::tracking::Tracking;

/// A connection to one server, or one to each node of a cluster. It is not mended: after an error there is another one, which
/// has an incarnation of its own.
pub(super) struct Connection {
    line: Peers,
    /// Which life of the servers answers over it.
    pub(super) incarnation: u64,
    broken: Arc<AtomicBool>,
    /// What the server tells of over it, if it does.
    pub(super) tracked: Option<Tracked>,
}

enum Peers {
    One {
        link: Link,
        /// Whether its life is told by scripts.
        by_scripts: bool,
    },
    /// Its client connects to single nodes again by itself. A connection that was there when the incarnation was read bears this
    /// mark; with no mark, any will do.
    Cluster(ClusterConnection, Option<String>),
}

impl Connection {
    /// Connects, and has the server tell of changes where it can.
    pub(super) async fn open(
        target: &RedisTarget,
        stage: &Stage,
        tracking: &Arc<Tracking>,
    ) -> RedisResult<Self> {
        if target.tells_of_changes() {
            match Self::open_with(target, stage, Some(Listener::new(tracking))).await {
                // It may be that the server does not know the version of the protocol.
                Err(error) if !error.is_io_error() => {}
                opened => return opened,
            }
        }
        Self::open_with(target, stage, None).await
    }

    async fn open_with(
        target: &RedisTarget,
        stage: &Stage,
        listener: Option<Listener>,
    ) -> RedisResult<Self> {
        let pushes = listener.as_ref().map(Listener::pushes);
        let (line, incarnation) = match &target.servers {
            TargetServers::One(server) => {
                of_primary(link::connect(server, stage, pushes).await?, target.keep).await?
            }
            TargetServers::Sentinels(sentinels) => {
                of_primary(sentinels.connect(stage, pushes).await?, target.keep).await?
            }
            TargetServers::Cluster(client) => {
                stage.set("connecting to the nodes of the cluster".to_owned());
                let mut nodes = client.get_async_connection().await?;
                if target.keep {
                    (Peers::Cluster(nodes, None), 0)
                } else {
                    // Before the run ids are read: a node that restarts in between has lost its mark.
                    let mark = mark(&mut nodes).await?;
                    let incarnation = incarnation_of_primaries(&mut nodes).await?;
                    (Peers::Cluster(nodes, Some(mark)), incarnation)
                }
            }
        };
        let broken = Arc::new(AtomicBool::new(false));
        let tracked = match (listener, &line) {
            (Some(listener), Peers::One { link, .. }) => {
                listener.begin(&link.wire, &broken).await?
            }
            _ => None,
        };
        Ok(Self {
            line,
            incarnation,
            broken,
            tracked,
        })
    }

    pub(super) fn is_cluster(&self) -> bool {
        matches!(self.line, Peers::Cluster(..))
    }

    /// Whether a caller may ask over it by itself now: nobody else waits, with whom it could share a round trip, and nothing is to
    /// be checked first.
    pub(super) fn is_free(&self) -> bool {
        match &self.line {
            Peers::One {
                link,
                by_scripts: false,
            } => !self.is_broken() && link.wire.is_idle(),
            Peers::One { .. } | Peers::Cluster(..) => false,
        }
    }

    /// Whether the next request is to go over another connection.
    pub(super) fn is_broken(&self) -> bool {
        let is_over = match &self.line {
            Peers::One { link, .. } => link.wire.is_over(),
            Peers::Cluster(..) => false,
        };
        is_over || self.broken.load(Ordering::Relaxed)
    }

    /// Reads the incarnation again where it can change without an error: in a cluster, of which this process may not use every node,
    /// and where it was chosen by several processes at once.
    pub(super) async fn check(&self) {
        let incarnation = match &self.line {
            Peers::Cluster(nodes, Some(_)) => incarnation_of_primaries(&mut nodes.clone()).await,
            Peers::One {
                link,
                by_scripts: true,
            } => incarnation::scripts(&mut link.wire.clone()).await,
            Peers::Cluster(_, None) | Peers::One { .. } => return,
        };
        if incarnation != Ok(self.incarnation) {
            self.give_up();
        }
    }

    /// The next request goes over another connection, and this one tells of no change any more.
    fn give_up(&self) {
        self.broken.store(true, Ordering::Relaxed);
        if let Some(tracked) = &self.tracked {
            tracked.end();
        }
    }

    /// Sends commands, to the primary of their slot or to the one server, and returns one reply for each.
    pub(super) async fn send(&self, commands: &CommandPipeline) -> RedisResult<Vec<RespValue>> {
        let replies = match (&self.line, commands.slot) {
            (Peers::Cluster(nodes, mark), Some(slot)) => {
                send_to_primary(nodes, mark.as_deref(), slot, commands.pipeline()).await
            }
            (Peers::Cluster(..), None) => Err(incarnation::fault("a key has a slot")),
            (Peers::One { link, .. }, _) => {
                link.wire.ask(commands.packed(), commands.count()).await
            }
        };
        if replies
            .as_ref()
            .map_or(true, |replies| replies.iter().any(is_no_primary))
        {
            self.give_up();
        }
        replies
    }
}

async fn send_to_primary(
    nodes: &ClusterConnection,
    mark: Option<&str>,
    slot: Slot,
    mut pipeline: Pipeline,
) -> RedisResult<Vec<RespValue>> {
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
        return Err(incarnation::fault(
            "a node of the cluster was replaced or has restarted",
        ));
    }
    Ok(replies.into_iter().map(RespValue::from).collect())
}

/// Whether a server says that it is a replica: its clients have to find the primary anew.
fn is_no_primary(reply: &RespValue) -> bool {
    let RespValue::Other(Value::ServerError(error)) = reply else {
        return false;
    };
    matches!(
        error.kind(),
        Some(ServerErrorKind::ReadOnly | ServerErrorKind::MasterDown)
    )
}

/// What a primary is connected by, and which life of it this is.
async fn of_primary(mut link: Link, keep: bool) -> RedisResult<(Peers, u64)> {
    let life = incarnation::of_primary(&mut link.wire, keep).await?;
    let by_scripts = life.by_scripts;
    Ok((Peers::One { link, by_scripts }, life.incarnation))
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

async fn incarnation_of_primaries(nodes: &mut ClusterConnection) -> RedisResult<u64> {
    let infos = nodes.route_command(info("server"), primaries(None)).await?;
    let infos: Vec<(String, String)> = redis::from_redis_value(infos.extract_error()?)?;
    let ids = infos.iter().map(|(_, info)| run_id(info));
    let mut ids = ids.collect::<RedisResult<Vec<_>>>()?;
    ids.sort_unstable();
    Ok(incarnation_of(ids))
}

fn primaries(policy: Option<ResponsePolicy>) -> RoutingInfo {
    RoutingInfo::MultiNode((MultipleNodeRoutingInfo::AllMasters, policy))
}
