//! Caches by their address.

use std::time::Duration;

use super::{Builder, Cache, program};
use crate::address::Address;
#[cfg(feature = "http")]
use crate::cdn::CdnField;
use crate::error::{Error, Result};
use crate::store::{MemoryStore, NullStore};
use crate::ttl;

/// The schemes, each with the feature that brings it.
const SCHEMES: [(&str, &str); 25] = [
    ("memory", ""),
    ("null", ""),
    ("file", "file"),
    ("sqlite", "sqlite"),
    ("postgres", "postgres"),
    ("postgresql", "postgres"),
    ("mysql", "mysql"),
    ("mariadb", "mysql"),
    ("redis", "redis"),
    ("rediss", "redis"),
    ("redis+unix", "redis"),
    ("redis+sentinel", "redis"),
    ("rediss+sentinel", "redis"),
    ("redis+cluster", "redis"),
    ("rediss+cluster", "redis"),
    ("valkey", "redis"),
    ("valkeys", "redis"),
    ("valkey+unix", "redis"),
    ("valkey+sentinel", "redis"),
    ("valkeys+sentinel", "redis"),
    ("valkey+cluster", "redis"),
    ("valkeys+cluster", "redis"),
    ("memcached", "memcached"),
    ("memcacheds", "memcached"),
    ("memcached+unix", "memcached"),
];

impl Cache {
    /// The cache at an address, such as `redis://127.0.0.1:6379/1?prefix=blog&ttl=5m&near=10000`.
    ///
    /// | address | where values are kept |
    /// |---|---|
    /// | `memory:?capacity=10000` | live, in this process; with `near=…` as bytes behind so many live copies |
    /// | `null:` | nowhere |
    /// | `file:///var/cache/app` | a folder (feature `file`) |
    /// | `sqlite:///var/cache/app.db`, `postgres://…`, `mysql://…` | a table (features `sqlite`, `postgres`, `mysql`) |
    /// | `redis://…`, `rediss://…`, `redis+sentinel://…`, `redis+cluster://host,host` | Redis or Valkey (feature `redis`) |
    /// | `memcached://host:port,host:port`, `memcacheds://…` | Memcached (feature `memcached`) |
    ///
    /// Every address takes `prefix`, `version`, `ttl`, `near`, `near_ttl`, `timeout` and `extra_load`, which mean what the methods of
    /// [`Builder`] of these names do, beside the options of its store; with the feature `http` also `cdn_tags`, as in
    /// `cdn_tags=cache-tag,cache-groups`. A server that cannot be reached yet is no error.
    ///
    /// On a server (Redis, Memcached, `PostgreSQL`, `MySQL`), an address without a prefix has the name of the executable as its prefix:
    /// the processes of one program share their entries, and those of other programs do not. Write `prefix=…` if programs of different
    /// names share or invalidate entries, such as a site and its worker, or if several programs have the same name; `prefix=` is the
    /// empty prefix. [`Caches::warnings`](crate::Caches::warnings) lists the guessed ones.
    ///
    /// # Errors
    ///
    /// If the scheme, an option or a value is unknown, or the scheme's feature is not enabled. The error lists the known ones.
    pub async fn from_url(url: &str) -> Result<Self> {
        Self::from_url_with(url, None).await
    }

    /// [`from_url`](Self::from_url), with the prefix of an address that has none.
    ///
    /// # Errors
    ///
    /// Those of [`from_url`](Self::from_url).
    pub(crate) async fn from_url_with(url: &str, prefix: Option<&str>) -> Result<Self> {
        let mut address = Address::parse(url)?;
        let near = address.take_as("near", "a number", |text| text.parse().ok())?;
        let builder = settings(&mut address, near, prefix)?;
        let builder = with_store(builder, &mut address, near.is_some()).await?;
        address.finish()?;
        Ok(builder.build())
    }
}

fn settings(address: &mut Address, near: Option<usize>, prefix: Option<&str>) -> Result<Builder> {
    let mut builder = Cache::builder();
    let kind = "a duration, such as 90s, 5m or 1h30m";
    builder.ttl = address.take_as("ttl", kind, duration)?;
    let near_ttl = address.take_as("near_ttl", kind, duration)?;
    builder.near_ttl = near_ttl.unwrap_or(builder.near_ttl);
    let limit = address.take_as(
        "timeout",
        "a duration greater than 0, such as 500ms",
        |text| duration(text).filter(|limit| !limit.is_zero()),
    )?;
    builder.limit = limit.unwrap_or(builder.limit);
    let kind = "a part of the loads, such as 10% or 0.1";
    let extra_load = address.take_as("extra_load", kind, ttl::parse_part)?;
    builder.extra_load = extra_load.unwrap_or(builder.extra_load);
    #[cfg(feature = "http")]
    {
        let kind = "names of fields, such as cache-tag or surrogate-key,cache-groups";
        let fields = address.take_as("cdn_tags", kind, cdn_fields)?;
        builder.cdn_fields = fields.unwrap_or_default();
    }
    let version = address.take_as("version", "a number", |text| text.parse().ok())?;
    builder.version = version.unwrap_or(builder.version);
    let given = address.take("prefix");
    builder = match given.as_deref().or(prefix) {
        Some(prefix) => builder.prefix(prefix),
        None if is_on_a_server(&address.scheme) => with_guessed_prefix(builder, address),
        None => builder,
    };
    builder.entries = near.unwrap_or(builder.entries);
    Ok(builder)
}

/// Reads fields by their names, with commas between them.
#[cfg(feature = "http")]
fn cdn_fields(text: &str) -> Option<Vec<CdnField>> {
    let known = |name: &str| CdnField::ALL.into_iter().find(|field| field.name() == name);
    text.split(',').map(known).collect()
}

/// Whether unrelated programs may use the same store.
fn is_on_a_server(scheme: &str) -> bool {
    let feature = SCHEMES.iter().find(|(known, _)| *known == scheme);
    feature.is_some_and(|(_, feature)| {
        matches!(*feature, "redis" | "memcached" | "postgres" | "mysql")
    })
}

/// The processes of one program have the same name, and other programs have others, unless all are called `app`.
fn with_guessed_prefix(mut builder: Builder, address: &Address) -> Builder {
    let shown = address.shown();
    let (prefix, warning) = if let Some(name) = program::name() {
        let warning = format!(
            "`{shown}` says no `prefix`: the keys begin with the name of this program, `{name}`. A program of another name \
             that shares or invalidates its entries needs `prefix={name}`; another one of the same name shares them"
        );
        (name, warning)
    } else {
        let warning = format!(
            "`{shown}` says no `prefix`, and the name of this program is not known: it shares its keys with every program \
             that has no prefix either"
        );
        (String::new(), warning)
    };
    builder.warning = Some(warning);
    builder.prefix(prefix)
}

/// Reads seconds, or numbers with units.
fn duration(text: &str) -> Option<Duration> {
    text.parse()
        .map(Duration::from_secs)
        .ok()
        .or_else(|| ttl::parse(text))
}

async fn with_store(builder: Builder, address: &mut Address, in_bytes: bool) -> Result<Builder> {
    let scheme = address.scheme.clone();
    let Some((_, feature)) = SCHEMES.iter().find(|(known, _)| *known == scheme) else {
        let known: Vec<&str> = SCHEMES.iter().map(|(known, _)| *known).collect();
        let fault = format!(
            "unknown scheme `{scheme}`; known schemes: {}",
            known.join(", ")
        );
        return Err(Error::address(&address.shown(), &fault));
    };
    if feature.is_empty() && !matches!(address.rest.as_str(), "" | "//") {
        let fault = format!("`{scheme}:` takes only options, as in `{scheme}:?ttl=5m`");
        return Err(Error::address(&address.shown(), &fault));
    }
    Ok(match *feature {
        "" if scheme == "null" => builder.near(0).store(NullStore),
        "" => in_memory(builder, address, in_bytes).await?,
        #[cfg(feature = "file")]
        "file" => builder.store(crate::store::FileStore::open_address(address).await?),
        #[cfg(feature = "sqlite")]
        "sqlite" => builder.store(crate::store::SqlStore::open(address).await?),
        #[cfg(feature = "postgres")]
        "postgres" => builder.store(crate::store::SqlStore::open(address).await?),
        #[cfg(feature = "mysql")]
        "mysql" => builder.store(crate::store::SqlStore::open(address).await?),
        #[cfg(feature = "redis")]
        "redis" => builder.store(crate::store::RedisStore::open(address).await?),
        #[cfg(feature = "memcached")]
        "memcached" => builder.store(crate::store::MemcachedStore::open(address).await?),
        missing => {
            let fault =
                format!("the scheme `{scheme}` needs the feature `{missing}` of cache-core");
            return Err(Error::address(&address.shown(), &fault));
        }
    })
}

/// Keeps live values alone, unless `near` says how many of them stand before a store of bytes.
async fn in_memory(builder: Builder, address: &mut Address, in_bytes: bool) -> Result<Builder> {
    let kind = "a number greater than 0; `null:` keeps nothing";
    let capacity = address.take_as("capacity", kind, |text| {
        text.parse().ok().filter(|capacity| *capacity > 0)
    })?;
    if !in_bytes {
        let entries = capacity.unwrap_or(builder.entries);
        return Ok(builder.near(entries));
    }
    let mut store = MemoryStore::open(address).await?;
    if let Some(capacity) = capacity {
        store = store.holding(capacity);
    }
    Ok(builder.store(store))
}
