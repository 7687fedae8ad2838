//! Redis Sentinel: servers that know which of several Redis servers is the primary.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use redis::{RedisConnectionInfo, RedisResult};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::link::{self, Link};
use super::wire::Pushes;
use crate::address::Host;
use crate::store::socket;
use crate::store::stage::Stage;
use crate::store::tls::Tls;

/// How long one Sentinel may take to answer.
const ASK: Duration = Duration::from_secs(1);

/// Sentinels, and the service that they watch.
pub(super) struct Sentinels(Arc<SentinelService>);

struct SentinelService {
    hosts: Vec<Host>,
    service: String,
    /// User and password for the Sentinels themselves.
    own: RedisConnectionInfo,
    /// User, password and database of the servers.
    settings: RedisConnectionInfo,
    /// For both.
    tls: Option<Tls>,
}

impl Sentinels {
    pub(super) fn new(
        hosts: Vec<Host>,
        service: String,
        own: RedisConnectionInfo,
        settings: RedisConnectionInfo,
        tls: Option<Tls>,
    ) -> Self {
        Self(Arc::new(SentinelService {
            hosts,
            service,
            own,
            settings,
            tls,
        }))
    }

    /// Connects to the primary that the first Sentinel names which answers.
    pub(super) async fn connect(&self, stage: &Stage, pushes: Option<Pushes>) -> RedisResult<Link> {
        let SentinelService {
            hosts,
            service,
            settings,
            tls,
            ..
        } = &*self.0;
        let all: Vec<String> = hosts.iter().map(ToString::to_string).collect();
        stage.set(format!(
            "asking Sentinel at {} for the primary of `{service}`",
            all.join(", ")
        ));
        let primary = self.primary().await?;
        let stream = socket::connect(&primary, tls.as_ref(), stage).await?;
        stage.set(format!("signing in at the primary {primary}"));
        link::sign_in(stream, settings, pushes).await
    }

    /// All are asked at once: most often they agree, and one that is away does not keep the others waiting.
    async fn primary(&self) -> io::Result<Host> {
        let mut asked = JoinSet::new();
        for at in 0..self.0.hosts.len() {
            let watched = self.0.clone();
            asked.spawn(async move {
                let host = &watched.hosts[at];
                let answer = timeout(ASK, watched.ask(host)).await;
                let answer = answer.unwrap_or_else(|_| Err("no answer".into()));
                answer.map_err(|fault| format!("{host}: {fault}"))
            });
        }
        let mut faults = Vec::new();
        while let Some(answer) = asked.join_next().await {
            match answer {
                Ok(Ok(primary)) => return Ok(primary),
                Ok(Err(fault)) => faults.push(fault),
                Err(panicked) => faults.push(panicked.to_string()),
            }
        }
        faults.sort_unstable();
        let fault = format!("no Sentinel names a primary: {}", faults.join("; "));
        Err(io::Error::other(fault))
    }
}

impl SentinelService {
    async fn ask(&self, host: &Host) -> Result<Host, String> {
        let stream = socket::connect(host, self.tls.as_ref(), &Stage::default()).await;
        let stream = stream.map_err(|error| error.to_string())?;
        let text = |error: redis::RedisError| error.to_string();
        let mut link = link::sign_in(stream, &self.own, None).await.map_err(text)?;
        let mut question = redis::cmd("SENTINEL");
        question.arg("GET-MASTER-ADDR-BY-NAME").arg(&self.service);
        let answer: Option<(String, u16)> =
            question.query_async(&mut link.wire).await.map_err(text)?;
        let (name, port) = answer.ok_or_else(|| format!("it does not know `{}`", self.service))?;
        Ok(Host { name, port })
    }
}
