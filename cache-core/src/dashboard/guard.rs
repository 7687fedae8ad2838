//! Who may ask a dashboard: nobody from another site.

use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;

use http::header::{CONTENT_TYPE, HOST, ORIGIN};
use http::uri::Authority;
use http::{HeaderMap, HeaderValue, Uri};

/// What a page of this dashboard sends when it purges. A page of another site cannot read it.
pub(super) struct PurgeToken(String);

impl PurgeToken {
    /// One that nobody can guess: the system's random numbers make it.
    pub(super) fn fresh() -> Self {
        let random = RandomState::new();
        let halves = [0_u8, 1].map(|half| format!("{:016x}", random.hash_one(half)));
        Self(halves.concat())
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether these are the same, in a time that does not depend on where they differ.
    fn is(&self, other: &[u8]) -> bool {
        let own = self.0.as_bytes();
        let differences = own.iter().zip(other).map(|(one, other)| one ^ other);
        own.len() == other.len() && differences.fold(0, |all, one| all | one) == 0
    }
}

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Intruder {
    /// It asks for another host than those of the dashboard.
    Host,
    /// It asks to purge under a name, and nobody has said that the name is the dashboard's.
    UnknownName,
    /// Another site has sent it.
    Site,
    /// It does not come from a page of this dashboard.
    Token,
}

impl Intruder {
    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::Host => "this dashboard does not answer for this host",
            Self::UnknownName => {
                "purges under the name of a host need to know that name: `Dashboard::new().hosts([\"example.org\"])`"
            }
            Self::Site => "requests from other sites are refused",
            Self::Token => "the request does not come from a page of this dashboard: load it again",
        }
    }
}

/// Whether a request may be answered that changes nothing.
pub(super) fn may_read(hosts: &[String], uri: &Uri, headers: &HeaderMap) -> Result<(), Intruder> {
    let host = host(uri, headers);
    let is_known = host.is_some_and(|host| hosts.iter().any(|own| own.eq_ignore_ascii_case(host)));
    if !hosts.is_empty() && !is_known {
        return Err(Intruder::Host);
    }
    // A link on another site may lead here; what such a site embeds or fetches may not.
    let fetched = |name: &str| headers.get(name).map(HeaderValue::as_bytes);
    let is_navigation = fetched("sec-fetch-mode") == Some(b"navigate")
        && fetched("sec-fetch-dest") == Some(b"document");
    match fetched("sec-fetch-site") {
        Some(b"cross-site" | b"same-site") if !is_navigation => Err(Intruder::Site),
        _ => own_origin(host, headers),
    }
}

/// Whether a request may purge.
pub(super) fn may_purge(
    hosts: &[String],
    token: &PurgeToken,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<(), Intruder> {
    may_read(hosts, uri, headers)?;
    let host = host(uri, headers);
    // Any name can be made to lead to this machine, and then a page of that name is of the same origin.
    if hosts.is_empty() && !host.is_some_and(is_no_name) {
        return Err(Intruder::UnknownName);
    }
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    if !matches!(site, None | Some(b"same-origin")) {
        return Err(Intruder::Site);
    }
    let is_json = headers.get(CONTENT_TYPE).is_some_and(|kind| {
        let kind = kind.as_bytes().split(|byte| *byte == b';').next();
        kind.is_some_and(|kind| kind.trim_ascii().eq_ignore_ascii_case(b"application/json"))
    });
    let sent = headers.get("x-cache-token");
    let is_own = sent.is_some_and(|sent| token.is(sent.as_bytes()));
    if is_own && is_json {
        Ok(())
    } else {
        Err(Intruder::Token)
    }
}

/// The host that a request is for; none if there are several.
fn host<'r>(uri: &'r Uri, headers: &'r HeaderMap) -> Option<&'r str> {
    let mut named = headers.get_all(HOST).iter();
    match (named.next(), named.next()) {
        (Some(host), None) => host.to_str().ok(),
        (None, _) => uri.authority().map(Authority::as_str),
        _ => None,
    }
}

/// Whether this host is an address, or the name that no server of names has a say in.
fn is_no_name(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else {
        return false;
    };
    let host = authority.host();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || address.parse::<IpAddr>().is_ok()
}

/// Whether the origin of a request, if it names one, is the host that it is for.
fn own_origin(host: Option<&str>, headers: &HeaderMap) -> Result<(), Intruder> {
    let mut origins = headers.get_all(ORIGIN).iter();
    let Some(origin) = origins.next() else {
        return Ok(());
    };
    let origin = origin
        .to_str()
        .ok()
        .and_then(|origin| origin.split_once("://"));
    let is_own = match (origin, host) {
        (Some((_, authority)), Some(host)) => authority.eq_ignore_ascii_case(host),
        _ => false,
    };
    if is_own && origins.next().is_none() {
        Ok(())
    } else {
        Err(Intruder::Site)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderName;

    fn headers(of: &[(&'static str, &str)]) -> HeaderMap {
        let fields = of.iter().map(|(name, value)| {
            let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
            (HeaderName::from_static(name), value)
        });
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(name, value);
        }
        headers
    }

    fn read(hosts: &[&str], of: &[(&'static str, &str)]) -> Result<(), Intruder> {
        let hosts: Vec<_> = hosts.iter().map(|host| (*host).to_owned()).collect();
        may_read(&hosts, &Uri::from_static("/"), &headers(of))
    }

    #[test]
    fn other_sites_can_link_here_and_nothing_else() {
        let own = ("host", "a:1");
        let site = |site: &'static str| ("sec-fetch-site", site);
        assert_eq!(read(&[], &[]), Ok(()));
        assert_eq!(read(&[], &[own, site("same-origin")]), Ok(()));
        assert_eq!(read(&[], &[own, site("none")]), Ok(()));
        assert_eq!(read(&[], &[own, site("cross-site")]), Err(Intruder::Site));
        assert_eq!(read(&[], &[own, site("same-site")]), Err(Intruder::Site));
        let link = [
            own,
            site("cross-site"),
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-dest", "document"),
        ];
        assert_eq!(read(&[], &link), Ok(()));
        let frame = [link[0], link[1], link[2], ("sec-fetch-dest", "iframe")];
        assert_eq!(read(&[], &frame), Err(Intruder::Site));
    }

    #[test]
    fn an_origin_is_the_host_or_it_is_refused() {
        let host = ("host", "a:1");
        for (origin, expected) in [
            ("http://a:1", Ok(())),
            ("https://A:1", Ok(())),
            ("http://b:1", Err(Intruder::Site)),
            ("http://a", Err(Intruder::Site)),
            ("null", Err(Intruder::Site)),
            ("", Err(Intruder::Site)),
            ("http://a:1\u{e4}", Err(Intruder::Site)),
        ] {
            assert_eq!(read(&[], &[host, ("origin", origin)]), expected, "{origin}");
        }
        let twice = [host, ("origin", "http://a:1"), ("origin", "http://b")];
        assert_eq!(read(&[], &twice), Err(Intruder::Site));
        let hosts = [host, ("host", "b"), ("origin", "http://a:1")];
        assert_eq!(read(&[], &hosts), Err(Intruder::Site));
    }

    #[test]
    fn a_dashboard_answers_for_its_hosts_alone() {
        let hosts = ["localhost:3000", "127.0.0.1:3000"];
        assert_eq!(read(&hosts, &[("host", "LOCALHOST:3000")]), Ok(()));
        assert_eq!(
            read(&hosts, &[("host", "evil.example")]),
            Err(Intruder::Host)
        );
        assert_eq!(read(&hosts, &[]), Err(Intruder::Host));
        let authority = Uri::from_static("http://localhost:3000/");
        let own = ["localhost:3000".to_owned()];
        assert_eq!(may_read(&own, &authority, &HeaderMap::new()), Ok(()));
    }

    #[test]
    fn only_a_page_of_the_dashboard_purges() {
        let token = PurgeToken::fresh();
        let purge = |of: &[(&'static str, &str)]| {
            let own = ["a".to_owned()];
            may_purge(&own, &token, &Uri::from_static("/api/purge"), &headers(of))
        };
        let good = [
            ("host", "a"),
            ("origin", "http://a"),
            ("sec-fetch-site", "same-origin"),
            ("content-type", "application/json; charset=utf-8"),
            ("x-cache-token", token.as_str()),
        ];
        assert_eq!(purge(&good), Ok(()));
        for without in [3, 4] {
            let mut fields = good.to_vec();
            fields.remove(without);
            assert_eq!(purge(&fields), Err(Intruder::Token));
        }
        for (at, other) in [
            (1, ("origin", "http://b")),
            (2, ("sec-fetch-site", "same-site")),
            (2, ("sec-fetch-site", "none")),
        ] {
            let mut fields = good;
            fields[at] = other;
            assert_eq!(purge(&fields), Err(Intruder::Site));
        }
        for other in ["", "0", &"0".repeat(32), &token.as_str()[..31]] {
            let mut fields = good;
            fields[4].1 = other;
            assert_eq!(purge(&fields), Err(Intruder::Token), "{other}");
        }
        assert_ne!(token.as_str(), PurgeToken::fresh().as_str());
    }

    #[test]
    fn a_name_that_leads_here_purges_only_where_it_is_known() {
        let token = PurgeToken::fresh();
        let purge = |hosts: &[String], host: &str| {
            let origin = format!("http://{host}");
            let fields = [
                ("host", host),
                ("origin", &origin),
                ("content-type", "application/json"),
                ("x-cache-token", token.as_str()),
            ];
            may_purge(hosts, &token, &Uri::from_static("/"), &headers(&fields))
        };
        for host in [
            "localhost",
            "LocalHost:3000",
            "127.0.0.1:80",
            "[::1]:3000",
            "10.0.0.7",
        ] {
            assert_eq!(purge(&[], host), Ok(()), "{host}");
        }
        for host in [
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "",
            "a b",
        ] {
            assert_eq!(purge(&[], host), Err(Intruder::UnknownName), "{host}");
        }
        let own = ["cache.example".to_owned()];
        assert_eq!(purge(&own, "cache.example"), Ok(()));
        assert_eq!(purge(&own, "evil.example"), Err(Intruder::Host));
        assert_eq!(purge(&own, "127.0.0.1"), Err(Intruder::Host));
        let nowhere = may_purge(&[], &token, &Uri::from_static("/"), &HeaderMap::new());
        assert_eq!(nowhere, Err(Intruder::UnknownName));
    }
}
