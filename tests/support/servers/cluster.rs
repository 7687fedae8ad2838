//! A cluster of Redis servers.

use std::ops::RangeInclusive;
use std::time::Instant;

use super::redis::ask;
use super::{POLL, START, Server, Tls, ports, redis_with};

/// The slots of each node.
const SLOTS: [RangeInclusive<u16>; 3] = [0..=5460, 5461..=10922, 10923..=16383];

/// Three primaries that share the slots evenly, without replicas.
#[derive(Debug)]
pub struct Cluster {
    scheme: &'static str,
    nodes: Vec<Server>,
    /// The ports on which the nodes accept clients, and to which they redirect them.
    ports: Vec<u16>,
}

/// Starts a cluster and waits until each node says that all is well.
///
/// # Panics
/// When `redis-server` is not installed or the nodes do not find each other.
pub fn redis_cluster() -> Cluster {
    let arguments = ["--cluster-enabled", "yes", "--cluster-node-timeout", "2000"];
    let nodes = Vec::from(SLOTS.map(|_| redis_with(&arguments)));
    let ports = nodes.iter().map(Server::port).collect();
    Cluster::of("redis+cluster", nodes, ports)
}

/// A cluster whose nodes speak TLS with each other and with clients that have a certificate.
///
/// # Panics
/// When `redis-server` is not installed or knows no TLS, or the nodes do not find each other.
pub fn redis_cluster_over_tls(tls: &Tls) -> Cluster {
    let ports = SLOTS.map(|_| ports::free());
    let nodes = ports.map(|port| {
        let (port, files) = (port.to_string(), tls.files_of("node"));
        let files = files.iter().map(String::as_str);
        let arguments = ["--cluster-enabled", "yes", "--cluster-node-timeout", "2000"];
        let over_tls = ["--tls-cluster", "yes", "--tls-port", &port];
        let arguments = arguments.into_iter().chain(over_tls).chain(files);
        redis_with(&arguments.collect::<Vec<_>>())
    });
    Cluster::of("rediss+cluster", nodes.into(), ports.into())
}

impl Cluster {
    fn of(scheme: &'static str, nodes: Vec<Server>, ports: Vec<u16>) -> Self {
        let cluster = Self {
            scheme,
            nodes,
            ports,
        };
        cluster.join();
        cluster.settle();
        cluster
    }

    /// Returns the address of all three nodes for the constructor of a store.
    pub fn url(&self) -> String {
        let hosts = self.ports.iter().map(|port| format!("127.0.0.1:{port}"));
        format!(
            "{}://{}",
            self.scheme,
            hosts.collect::<Vec<String>>().join(",")
        )
    }

    /// Returns the nodes; the first has the slots from 0, the last those up to 16383.
    pub fn nodes(&self) -> &[Server] {
        &self.nodes
    }

    /// Waits until each node sees the other two and all slots.
    ///
    /// # Panics
    /// When that takes a minute.
    pub fn settle(&self) {
        let start = Instant::now();
        while !self.nodes.iter().all(is_well) {
            assert!(
                start.elapsed() < START,
                "the cluster does not come together"
            );
            std::thread::sleep(POLL);
        }
    }

    fn join(&self) {
        // A node accepts an epoch only while it knows no other node.
        for (index, (node, slots)) in self.nodes.iter().zip(SLOTS).enumerate() {
            tell(
                node,
                &["CLUSTER", "SET-CONFIG-EPOCH", &(index + 1).to_string()],
            );
            let slots: Vec<String> = slots.map(|slot| slot.to_string()).collect();
            let slots = slots.iter().map(String::as_str);
            let words = ["CLUSTER", "ADDSLOTS"].into_iter().chain(slots);
            tell(node, &words.collect::<Vec<_>>());
        }
        // Each is told of each, because gossip takes seconds to spread.
        for (node, own) in self.nodes.iter().zip(&self.ports) {
            for other in self.ports.iter().filter(|other| *other != own) {
                tell(node, &["CLUSTER", "MEET", "127.0.0.1", &other.to_string()]);
            }
        }
    }
}

fn tell(node: &Server, words: &[&str]) {
    let command = &words[..2];
    ask(node.port(), words).unwrap_or_else(|error| panic!("{command:?}: {error}"));
}

fn is_well(node: &Server) -> bool {
    let info = ask(node.port(), &["CLUSTER", "INFO"]).unwrap_or_default();
    let says = |line| info.lines().any(|said| said == line);
    says("cluster_state:ok")
        && says("cluster_slots_ok:16384")
        && says("cluster_known_nodes:3")
        && says("cluster_size:3")
}
