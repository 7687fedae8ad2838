//! Servers in an address: `//user:password@host:port,host:port/path`.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::decode;

/// The part after `scheme:` in the address of one server or several, percent-decoded.
#[derive(PartialEq, Eq)]
pub(crate) struct Servers {
    pub(crate) user: Option<String>,
    pub(crate) password: Option<String>,
    /// At least one, and none twice.
    pub(crate) hosts: Vec<Host>,
    /// The text after the first slash, without a slash at its end.
    pub(crate) path: String,
}

/// A host, and its port if one is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Host {
    /// A name in lower case, or an IP address without brackets.
    pub(crate) name: String,
    pub(crate) port: u16,
}

impl fmt::Display for Host {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, port } = self;
        if name.contains(':') {
            write!(out, "[{name}]:{port}")
        } else {
            write!(out, "{name}:{port}")
        }
    }
}

impl Servers {
    /// Reads the servers of an address; `port` is the default.
    ///
    /// # Errors
    ///
    /// If the address is wrong. The message does not contain the user's name or password.
    pub(crate) fn read(rest: &str, port: u16) -> Result<Self, String> {
        let rest = rest.strip_prefix("//");
        let rest = rest.ok_or("`//` is missing after the scheme")?;
        if rest.contains('#') {
            return Err("a `#` has no meaning here: in a name or password write %23".into());
        }
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        if path.contains('@') {
            return Err(
                "an `@` behind the first `/`: in a name or password write `/` as %2F".into(),
            );
        }
        let (user, hosts) = match authority.rsplit_once('@') {
            Some((user, hosts)) => (Some(user), hosts),
            None => (None, authority),
        };
        let (user, password) = user.map(credentials).transpose()?.unwrap_or_default();
        let path = path.strip_suffix('/').unwrap_or(path);
        Ok(Self {
            user,
            password,
            hosts: list(hosts, port)?,
            path: decode(path).ok_or_else(|| format!("`/{path}` is not valid UTF-8"))?,
        })
    }

    /// Returns the only server.
    ///
    /// # Errors
    ///
    /// If there are several.
    #[cfg(any(feature = "redis", test))]
    pub(crate) fn one(&self) -> Result<&Host, String> {
        match self.hosts.as_slice() {
            [host] => Ok(host),
            _ => Err("several hosts: this scheme takes one".into()),
        }
    }
}

/// The part after `scheme:` in the address of a Unix socket: `//user:password@/path`.
#[derive(PartialEq, Eq)]
pub(crate) struct Socket {
    pub(crate) user: Option<String>,
    pub(crate) password: Option<String>,
    pub(crate) path: String,
}

impl Socket {
    /// Reads the path of a socket, and the user that logs in.
    ///
    /// # Errors
    ///
    /// If the address is wrong. The message does not contain the user's name or password.
    pub(crate) fn read(rest: &str) -> Result<Self, String> {
        let fault = "a socket is named by its whole path";
        let (before, path) = rest
            .strip_prefix("//")
            .and_then(|rest| Some(rest.split_at(rest.find('/')?)))
            .ok_or(fault)?;
        let (user, password) = match before.strip_suffix('@') {
            Some(user) => credentials(user)?,
            None if before.is_empty() => (None, None),
            None => return Err(fault.into()),
        };
        let path = decode(path).filter(|path| !path.ends_with('/') && !path.contains('\0'));
        Ok(Self {
            user,
            password,
            path: path.ok_or(fault)?,
        })
    }
}

/// A user name and a password. A server that wants a login wants at least the password.
fn credentials(user: &str) -> Result<(Option<String>, Option<String>), String> {
    let text = |text: &str| match decode(text) {
        Some(text) => Ok(Some(text).filter(|text| !text.is_empty())),
        None => Err("the user name or the password is not valid UTF-8"),
    };
    let (user, password) = user.split_once(':').unwrap_or((user, ""));
    match (text(user)?, text(password)?) {
        (_, None) => {
            Err("there is a user, but no password: write `user:password@` or `:password@`".into())
        }
        both => Ok(both),
    }
}

fn list(hosts: &str, port: u16) -> Result<Vec<Host>, String> {
    let mut all = Vec::new();
    for place in hosts.split(',') {
        let host = read_host(place, port)?;
        if all.contains(&host) {
            return Err(format!("`{place}` is listed twice"));
        }
        all.push(host);
    }
    Ok(all)
}

fn read_host(place: &str, port: u16) -> Result<Host, String> {
    if place.is_empty() {
        return Err("a host is missing".into());
    }
    let (name, written) = match place.rsplit_once(':') {
        // In `[::1]` the last colon belongs to the host.
        Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
        _ => (place, None),
    };
    let bare = name
        .strip_prefix('[')
        .and_then(|name| name.strip_suffix(']'));
    let is_host = match bare {
        Some(bare) => bare.parse::<Ipv6Addr>().is_ok(),
        None => is_name(name),
    };
    if !is_host {
        return Err(format!("`{place}` is not a host and port"));
    }
    let name = bare.unwrap_or(name).to_ascii_lowercase();
    let all = |ip: Ipv4Addr| ip.is_unspecified();
    if name.parse().is_ok_and(all) || name.parse::<Ipv6Addr>().is_ok_and(|ip| ip.is_unspecified()) {
        return Err(format!(
            "`{name}` is an address to listen on, not one to connect to"
        ));
    }
    let port = match written {
        Some(port) => port.parse().ok().filter(|port| *port != 0),
        None => Some(port),
    };
    let port =
        port.ok_or_else(|| format!("`{place}`: the port is not a number from 1 to 65535"))?;
    Ok(Host { name, port })
}

/// Whether the text can be the name of a host: letters of any script, digits, and separators.
fn is_name(name: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    !name.is_empty() && name.chars().all(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(rest: &str) -> Vec<String> {
        let servers = Servers::read(rest, 11211).unwrap();
        servers.hosts.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn hosts_are_listed_with_their_ports() {
        assert_eq!(names("//one"), ["one:11211"]);
        assert_eq!(
            names("//One:1,10.0.0.2,[::1]:3,[fe80::1],a_b-c.d/"),
            [
                "one:1",
                "10.0.0.2:11211",
                "[::1]:3",
                "[fe80::1]:11211",
                "a_b-c.d:11211"
            ]
        );
    }

    #[test]
    fn users_passwords_and_paths_are_decoded() {
        let read = |rest| Servers::read(rest, 1).unwrap();
        let all = read("//us%65r:p@ss%2Fw%3Aord%40@h:2/a%20b/");
        assert_eq!(all.user.as_deref(), Some("user"));
        assert_eq!(all.password.as_deref(), Some("p@ss/w:ord@"));
        assert_eq!((all.path.as_str(), all.hosts[0].port), ("a b", 2));
        let password = read("//:only@h");
        assert_eq!(
            (password.user, password.password),
            (None, Some("only".into()))
        );
        let none = read("//h");
        assert_eq!(
            (none.user, none.password, none.path),
            (None, None, String::new())
        );
    }

    #[test]
    fn a_socket_is_named_by_its_path() {
        let socket = |rest| Socket::read(rest).unwrap();
        assert_eq!(socket("///run/a%20b").path, "/run/a b");
        let signed_in = socket("//user:pass%40@/run/a");
        assert_eq!(signed_in.user.as_deref(), Some("user"));
        assert_eq!(signed_in.password.as_deref(), Some("pass@"));
        assert_eq!(signed_in.path, "/run/a");
        for rest in [
            "/run/a",
            "//run/a",
            "///",
            "///run/",
            "//",
            "///a%00b",
            "///%ff",
            "//user@/a",
        ] {
            assert!(Socket::read(rest).is_err(), "{rest}");
        }
    }

    #[test]
    fn an_address_without_a_server_is_an_error_that_says_why() {
        for (rest, fault) in [
            ("h", "`//` is missing"),
            ("/h", "`//` is missing"),
            ("//", "a host is missing"),
            ("///1", "a host is missing"),
            ("//:1", "not a host and port"),
            ("//one,,two", "a host is missing"),
            ("//one,", "a host is missing"),
            ("//one,ONE:6379", "listed twice"),
            ("//one:0", "the port"),
            ("//one:70000", "the port"),
            ("//one:x", "the port"),
            ("//one:", "the port"),
            ("//one two", "not a host"),
            ("//one\n", "not a host"),
            ("//::1", "not a host"),
            ("//[::1", "not a host"),
            ("//[one]", "not a host"),
            ("//0.0.0.0", "to listen on"),
            ("//[::]:1", "to listen on"),
            ("//one/#insecure", "`#`"),
            ("//secret@one", "no password"),
            ("//@one", "no password"),
            ("//secret:@one", "no password"),
            ("//a:%ffsecret@one", "not valid UTF-8"),
            ("//one/%ff", "not valid UTF-8"),
            ("//user:sec/secret@one", "write `/` as %2F"),
        ] {
            let error = Servers::read(rest, 6379).map(drop).unwrap_err();
            assert!(error.contains(fault), "{rest}: {error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
