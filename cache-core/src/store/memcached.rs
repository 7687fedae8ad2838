//! Memcached, one server or several.

use std::fmt;

use self::endpoint::Endpoint;
use self::reply::{LARGEST, MetaReply};
use self::request::{MetaRequest, Mode};
use self::ring::Ring;
use self::server::MemcachedServer;
use super::{Answer, Found, Put, Store, When, Written, token_of};
use crate::address::Address;
use crate::error::Result;

mod connection;
mod endpoint;
mod key;
mod life;
mod reply;
mod request;
mod ring;
mod round;
mod server;

/// A store in Memcached: `memcached://host:port,host:port`, or `memcached+unix:///path` for a socket. A port that is not
/// given is 11211. Needs Memcached 1.6.10 or later. There are no passwords: run it in a private network.
///
/// **TLS**, with the feature `tls` (which `redis` brings along): `memcacheds://…`, with the options `tls_ca`, `tls_cert`, `tls_key`
/// and `tls_server_name` of [`RedisStore`](super::RedisStore). Without `tls_ca` a public authority must have signed the
/// server's certificate.
///
/// **Connections.** One to each server, made by the first call and made anew by the first call after it broke. All calls
/// share it: what is asked at the same time leaves in one write. A server that does not answer for five seconds counts as
/// broken; time limits of calls are the caller's business, as in all stores. What a broken connection had been given the server
/// may still carry out a moment after the call has failed.
///
/// **Several servers.** Each key belongs to one of them (rendezvous hashing over the names as they are written, in any order).
/// Write the same names everywhere. A key never moves because a server is away: a call that asks for one of its keys is an
/// error. It is not "absent": the server may only be unreachable, and what it holds be there again a moment later. Where the
/// list itself is changed and changed back, entries that were invalidated in between are there again, up to their ttl: empty
/// the servers when you change the list.
///
/// **Conditions.** [`When::Absent`] is one atomic step of the server. For [`When::Is`] the value is read with the server's
/// number of its last write, compared here, and written if that number is the same still: two round trips, for all such
/// puts of a call together, and atomic.
///
/// **Keys** of plain characters are themselves; other bytes are written as `%20`; from 250 bytes on, the end is a hash.
///
/// **Lives** are whole seconds, rounded up, and up to a second longer, because the server's clock steps once a second. Above
/// 30 days the server takes a date and not a life: it is counted from the clock of this machine, and ends in 2038 at the latest.
///
/// **Values** larger than the server takes (1 MiB unless `-I` says otherwise) are [`Written::TooLarge`], as is any value when
/// there is no room; the server then removes what was under the key. Above 128 MiB they are not sent at all.
///
/// A server that is restarted holds nothing, so that [`Answer::incarnation`] is always zero.
///
/// ```no_run
/// use cache_core::MemcachedStore;
///
/// # async fn example() -> cache_core::Result<()> {
/// let store = MemcachedStore::connect("memcached://cache-1:11211,cache-2:11211").await?;
/// # Ok(())
/// # }
/// ```
pub struct MemcachedStore {
    shown: String,
    servers: Vec<MemcachedServer>,
    ring: Ring,
}

impl fmt::Debug for MemcachedStore {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let servers = self.servers.iter().map(MemcachedServer::name);
        out.write_str("MemcachedStore ")?;
        out.debug_list().entries(servers).finish()
    }
}

impl MemcachedStore {
    /// The store at this address. No server need be reachable yet.
    ///
    /// # Errors
    ///
    /// If the address is wrong, or the system refuses the thread that drives the stores.
    pub async fn connect(url: &str) -> Result<Self> {
        let mut address = Address::parse(url)?;
        let store = Self::open(&mut address).await?;
        address.finish()?;
        Ok(store)
    }

    /// [`MemcachedStore::connect`], of an address whose other options belong to others.
    ///
    /// # Errors
    ///
    /// As there.
    pub(crate) async fn open(address: &mut Address) -> Result<Self> {
        let endpoints = Endpoint::all_of(address)?;
        let ring = Ring::new(endpoints.iter().map(Endpoint::name));
        let servers = endpoints.into_iter().map(MemcachedServer::start);
        Ok(Self {
            shown: address.shown(),
            servers: servers.collect::<Result<_>>()?,
            ring,
        })
    }

    /// Asks each server for what is its own, all of them at once; the replies are in the order of the requests.
    async fn ask<'a>(
        &self,
        requests: impl Iterator<Item = (&'a [u8], MetaRequest)>,
    ) -> Result<Vec<MetaReply>> {
        let mut shares: Vec<(Vec<usize>, Vec<MetaRequest>)> = Vec::new();
        shares.resize_with(self.servers.len(), Default::default);
        let mut count = 0;
        for (key, request) in requests {
            let (places, share) = &mut shares[self.ring.place(key)];
            places.push(count);
            share.push(request);
            count += 1;
        }
        let asked = shares.into_iter().zip(&self.servers);
        let asked = asked.filter(|((places, _), _)| !places.is_empty());
        // All are asked before the first is waited for.
        let coming: Vec<_> = asked
            .map(|((places, share), server)| (places, server.ask(share)))
            .collect();
        let mut replies = vec![MetaReply::Missing; count];
        for (places, coming) in coming {
            for (place, reply) in places.into_iter().zip(coming.replies().await?) {
                replies[place] = reply;
            }
        }
        Ok(replies)
    }
}

impl Store for MemcachedStore {
    async fn get(&self, keys: &[&[u8]]) -> Result<Answer> {
        let requests = keys.iter().map(|key| (*key, MetaRequest::get(key)));
        Ok(found(self.ask(requests).await?))
    }

    async fn put(&self, puts: &[Put<'_>]) -> Result<Vec<Written>> {
        Ok(self.get_and_put(&[], puts).await?.1)
    }

    async fn get_and_put(
        &self,
        keys: &[&[u8]],
        puts: &[Put<'_>],
    ) -> Result<(Answer, Vec<Written>)> {
        let mut written = vec![Written::TooLarge; puts.len()];
        // What would not be read back is not sent.
        let fitting = puts.iter().enumerate();
        let fitting = fitting.filter(|(_, put)| put.value.len() <= LARGEST);
        let (places, first): (Vec<_>, Vec<_>) =
            fitting.map(|(place, put)| (place, begin(put))).unzip();
        let gets = keys.iter().map(|key| (*key, MetaRequest::get(key)));
        let mut asked = self.ask(gets.chain(first)).await?;
        let replies = asked.split_off(keys.len());
        let (mut open, mut second) = (Vec::new(), Vec::new());
        for (place, reply) in places.into_iter().zip(&replies) {
            written[place] = outcome(reply);
            if let Some(mode) = met(&puts[place], reply) {
                open.push(place);
                second.push(write(&puts[place], mode));
            }
        }
        let replies = self.ask(second.into_iter()).await?;
        for (place, reply) in open.into_iter().zip(&replies) {
            written[place] = outcome(reply);
        }
        Ok((found(asked), written))
    }

    async fn delete(&self, keys: &[&[u8]]) -> Result<()> {
        let requests = keys.iter().map(|key| (*key, MetaRequest::delete(key)));
        self.ask(requests).await.map(drop)
    }

    fn address(&self) -> String {
        self.shown.clone()
    }

    fn doing(&self) -> Option<String> {
        let doing: Vec<_> = self
            .servers
            .iter()
            .filter_map(MemcachedServer::doing)
            .collect();
        (!doing.is_empty()).then(|| doing.join("; "))
    }
}

/// What replies say of keys that were read.
fn found(replies: Vec<MetaReply>) -> Answer {
    let found = replies.into_iter().map(|reply| match reply {
        MetaReply::Found { value, left, .. } => Some(Found {
            value: value.into(),
            left,
        }),
        _ => None,
    });
    Answer::from(found.collect::<Vec<_>>())
}

fn write<'a>(put: &Put<'a>, mode: Mode) -> (&'a [u8], MetaRequest) {
    (put.key, MetaRequest::put(put.key, put.value, put.ttl, mode))
}

/// The first request of a put: that itself, or the question whether its token is there.
fn begin<'a>(put: &Put<'a>) -> (&'a [u8], MetaRequest) {
    match put.when {
        When::Always => write(put, Mode::Always),
        When::Absent => write(put, Mode::Absent),
        When::Is(_) => (put.key, MetaRequest::get(put.key)),
    }
}

/// How a put that waits for a token is written, if the token was found.
fn met(put: &Put<'_>, reply: &MetaReply) -> Option<Mode> {
    match (put.when, reply) {
        (When::Is(token), MetaReply::Found { value, cas, .. }) => {
            (token_of(value) == Some(token)).then_some(Mode::Unchanged(*cas))
        }
        _ => None,
    }
}

/// What a reply says of a put. What was only read is not written.
fn outcome(reply: &MetaReply) -> Written {
    match reply {
        MetaReply::Stored => Written::Yes,
        MetaReply::TooLarge => Written::TooLarge,
        _ => Written::No,
    }
}
