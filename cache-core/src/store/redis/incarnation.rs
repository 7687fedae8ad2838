//! Which life of a server answers: it differs after every restart, and between a primary and the replica that takes its place.
//!
//! The server's `run_id` says so, in `INFO`, which an account without the rights of `@dangerous` may not ask. There is one
//! more thing that no snapshot, no log and no replica of Redis 7 or Valkey holds: the scripts that were loaded. Such an account
//! loads scripts that do nothing, chosen at random from a fixed list, and which of them the server knows is its life: a number of
//! 64 bits that all processes read, and that is gone with the process of the server.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};

use redis::{
    Cmd, ErrorKind, Pipeline, RedisError, RedisResult, Script, ServerErrorKind, Value,
    from_redis_value,
};
use siphasher::sip::SipHasher13;

use super::wire::Wire;

/// The life of one server.
pub(super) struct Incarnation {
    pub(super) incarnation: u64,
    /// Whether it is told by scripts: of two processes that choose them at the same time, one may have read too early.
    pub(super) by_scripts: bool,
}

/// Asks a server that must be a primary.
pub(super) async fn of_primary(connection: &mut Wire, keep: bool) -> RedisResult<Incarnation> {
    let mut pipeline = redis::pipe();
    pipeline
        .add_command(redis::cmd("HELLO"))
        .add_command(info("server"))
        .add_command(info("replication"));
    let [hello, server, replication] = ask(connection, &pipeline).await?;
    // A server that does not know `HELLO` says its role in `INFO`, and the other way round for an account.
    let hello: HashMap<String, Value> = from_redis_value(hello).unwrap_or_default();
    let said = |name: &str| from_redis_value::<String>(hello.get(name)?.clone()).ok();
    let info = from_redis_value::<String>(replication);
    let role = said("role").map_or_else(
        || Ok(line(&info?, "role").unwrap_or_default().to_owned()),
        RedisResult::Ok,
    )?;
    if role != "master" {
        return Err(fault("the server is a replica"));
    }
    let by_run_id = |incarnation| Incarnation {
        incarnation,
        by_scripts: false,
    };
    if keep {
        return Ok(by_run_id(0));
    }
    match server {
        Value::ServerError(error) if error.kind() == Some(ServerErrorKind::NoPerm) => {
            let version = said("version").unwrap_or_default();
            if !keeps_scripts_to_itself(&version) {
                return Err(fault(NEEDS_INFO));
            }
            let incarnation = scripts(connection).await;
            let incarnation = incarnation.map_err(|error| match error.kind() {
                ErrorKind::Server(ServerErrorKind::NoPerm) => fault(NEEDS_SCRIPTS),
                _ => error,
            });
            Ok(Incarnation {
                incarnation: incarnation?,
                by_scripts: true,
            })
        }
        server => Ok(by_run_id(incarnation_of([run_id(&from_redis_value::<
            String,
        >(server)?)?]))),
    }
}

const NEEDS_INFO: &str = "the account may not ask INFO, which servers before Redis 7 need: grant `+info`, or use \
    `on_failover=keep` if the server loses nothing that it has acknowledged";

const NEEDS_SCRIPTS: &str = "the account may run neither INFO nor SCRIPT LOAD and SCRIPT EXISTS: grant `+info`, or use \
    `on_failover=keep` if the server loses nothing that it has acknowledged";

/// Older servers send scripts to replicas, and write them down.
fn keeps_scripts_to_itself(version: &str) -> bool {
    let major = version
        .split('.')
        .next()
        .and_then(|major| major.parse().ok());
    major.is_some_and(|major: u32| major >= 7)
}

/// So many scripts are a number; the one behind them says that it is whole.
const BITS: u32 = u64::BITS;

fn script(bit: u32) -> String {
    format!("return {bit} -- one bit of what cache-core calls this server's life")
}

/// The number that the loaded scripts say; chosen now, if the server has none.
pub(super) async fn scripts(connection: &mut Wire) -> RedisResult<u64> {
    if let Some(life) = known(connection).await? {
        return Ok(life);
    }
    let chosen = RandomState::new().build_hasher().finish();
    let chosen = (0..BITS).filter(|bit| chosen >> bit & 1 == 1);
    let mut pipeline = redis::pipe();
    for bit in chosen.chain([BITS]) {
        let mut load = redis::cmd("SCRIPT");
        load.arg("LOAD").arg(script(bit));
        pipeline.add_command(load);
    }
    let replies = connection.ask_all(&pipeline).await?;
    replies
        .into_iter()
        .try_for_each(|reply| reply.extract_error().map(drop))?;
    let life = known(connection).await?;
    life.ok_or_else(|| fault("the server forgets its scripts at once"))
}

async fn known(connection: &mut Wire) -> RedisResult<Option<u64>> {
    let mut exist = redis::cmd("SCRIPT");
    exist.arg("EXISTS");
    for bit in 0..=BITS {
        exist.arg(Script::new(&script(bit)).get_hash());
    }
    let exist: Vec<bool> = exist.query_async(connection).await?;
    let Some((true, bits)) = exist.split_last().map(|(whole, bits)| (*whole, bits)) else {
        return Ok(None);
    };
    let number = bits
        .iter()
        .rev()
        .fold(0, |number, bit| number << 1 | u64::from(*bit));
    Ok(Some(incarnation_of([number.to_string().as_str()])))
}

async fn ask<const N: usize>(
    connection: &mut Wire,
    pipeline: &Pipeline,
) -> RedisResult<[Value; N]> {
    let replies = connection.ask_all(pipeline).await?;
    let replies = replies.try_into();
    replies.map_err(|_| fault("the number of replies differs from the number of commands"))
}

pub(super) fn info(section: &str) -> Cmd {
    let mut command = redis::cmd("INFO");
    command.arg(section);
    command
}

/// A line of `INFO`.
fn line<'a>(info: &'a str, name: &str) -> Option<&'a str> {
    let value = |line: &'a str| line.strip_prefix(name)?.strip_prefix(':');
    info.lines().find_map(value).map(str::trim_end)
}

pub(super) fn run_id(info: &str) -> RedisResult<&str> {
    let id = line(info, "run_id").filter(|id| !id.is_empty());
    id.ok_or_else(|| {
        fault("the server does not tell its run_id: use `on_failover=keep` if it loses nothing that it has acknowledged")
    })
}

/// The same in every process, and never zero: that is the incarnation of stores that have none.
pub(super) fn incarnation_of<'a>(ids: impl IntoIterator<Item = &'a str>) -> u64 {
    let mut hasher = SipHasher13::new();
    for id in ids {
        hasher.write(id.as_bytes());
        hasher.write(b"\n");
    }
    hasher.finish().max(1)
}

pub(super) fn fault(text: &'static str) -> RedisError {
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
        assert_ne!(incarnation_of(["a"]), incarnation_of(["b"]));
        assert_ne!(incarnation_of(["a", "b"]), incarnation_of(["ab"]));
        assert_ne!(incarnation_of([]), 0);
    }

    #[test]
    fn only_servers_from_seven_on_keep_scripts_to_themselves() {
        for (version, keeps) in [
            ("7.0.15", true),
            ("8.1", true),
            ("10", true),
            ("6.2.14", false),
            ("", false),
        ] {
            assert_eq!(keeps_scripts_to_itself(version), keeps, "{version}");
        }
    }
}
