//! What an address says.

#[cfg(any(feature = "postgres", feature = "mysql"))]
use std::fmt::Write as _;

use super::name::TableName;
use super::table::Table;
use crate::address::Address;
use crate::error::{Error, Result};
use crate::store::any::AnyStore;

/// How many connections there may be: a database does little more with more of them.
const POOL: usize = 8;

/// What the kinds have in common.
pub(super) struct Settings {
    pub(super) name: TableName,
    pool: usize,
    max_entries: Option<u64>,
}

impl Settings {
    pub(super) fn take(address: &mut Address) -> Result<Self> {
        let name = address.take_as("table", "a table name", TableName::new)?;
        let pool = address.take_as("pool", "a number from 1 to 1000", |text| {
            text.parse().ok().filter(|pool| (1..=1_000).contains(pool))
        })?;
        let max_entries = address.take_as("max_entries", "a number greater than 0", |text| {
            text.parse().ok().filter(|max| *max > 0)
        })?;
        Ok(Self {
            name: name.unwrap_or_default(),
            pool: pool.unwrap_or(POOL),
            max_entries,
        })
    }

    /// The store of the kind that the address names. To be called where sockets are driven.
    pub(super) fn open(&self, address: &mut Address) -> Result<Box<dyn AnyStore>> {
        match address.scheme.as_str() {
            #[cfg(feature = "sqlite")]
            "sqlite" => {
                let file = file(address)?;
                let driver = super::sqlite::Sqlite::new(file, &self.name, self.pool);
                Ok(Box::new(Table::new(driver, self.pool, self.max_entries)))
            }
            #[cfg(feature = "postgres")]
            "postgres" | "postgresql" => {
                let schema = address.take_as("schema", "a schema name", TableName::schema)?;
                let options = parsed(address, "postgres", &POSTGRES, "host")?;
                let name = self.name.clone().in_schema(schema);
                let driver = super::postgres::Postgres::new(options, &name, self.pool);
                Ok(Box::new(Table::new(driver, self.pool, self.max_entries)))
            }
            #[cfg(feature = "mysql")]
            "mysql" | "mariadb" => {
                let options = parsed(address, "mysql", &MYSQL, "socket")?;
                let driver = super::mysql::MySql::new(options, &self.name, self.pool);
                Ok(Box::new(Table::new(driver, self.pool, self.max_entries)))
            }
            scheme => {
                let fault = match feature_of(scheme) {
                    Some(feature) => {
                        format!("the scheme `{scheme}` needs the feature `{feature}` of cache-core")
                    }
                    None => {
                        format!("unknown scheme `{scheme}`; known schemes: sqlite, postgres, mysql")
                    }
                };
                Err(Error::address(&address.shown(), &fault))
            }
        }
    }
}

fn feature_of(scheme: &str) -> Option<&'static str> {
    match scheme {
        "sqlite" => Some("sqlite"),
        "postgres" | "postgresql" => Some("postgres"),
        "mysql" | "mariadb" => Some("mysql"),
        _ => None,
    }
}

/// Options that go to the client as they are. Who and where stands in the address itself, in one place.
#[cfg(feature = "postgres")]
const POSTGRES: [&str; 7] = [
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "host",
    "application_name",
    "statement-cache-capacity",
];
#[cfg(feature = "mysql")]
const MYSQL: [&str; 6] = [
    "ssl-mode",
    "ssl-ca",
    "ssl-cert",
    "ssl-key",
    "socket",
    "statement-cache-capacity",
];

/// The address as the client reads it, with the options that are its own. It says where the server is, or has the option
/// `socket` in place of that, and which database is meant: what a client would guess is seldom what was meant.
#[cfg(any(feature = "postgres", feature = "mysql"))]
fn parsed<O>(
    address: &mut Address,
    scheme: &str,
    options: &[&'static str],
    socket: &str,
) -> Result<O>
where
    O: std::str::FromStr<Err = sqlx::Error>,
{
    let mut url = format!("{scheme}:{}", address.rest);
    let mut mark = '?';
    let mut has_host = has_host(&address.rest);
    for name in options {
        if let Some(value) = address.take(name) {
            has_host |= *name == socket;
            let _ = write!(url, "{mark}{name}={}", encoded(&value));
            mark = '&';
        }
    }
    let missing = |what: &str| {
        let fault = format!(
            "there is no {what}; an address is {scheme}://user:password@host/database, or \
             {scheme}:///database?{socket}=/folder/of/the/socket"
        );
        Err(Error::address(&address.shown(), &fault))
    };
    if !has_host {
        return missing("host");
    }
    if !has_database(&address.rest) {
        return missing("database");
    }
    url.parse()
        .map_err(|error: sqlx::Error| Error::address(&address.shown(), &error.to_string()))
}

/// Whether there is a host in `//user:password@host:port/database`.
#[cfg(any(feature = "postgres", feature = "mysql"))]
fn has_host(rest: &str) -> bool {
    let authority = rest.strip_prefix("//").unwrap_or_default();
    let authority = authority.split('/').next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    !host.is_empty() && !host.starts_with(':')
}

/// Whether there is a database.
#[cfg(any(feature = "postgres", feature = "mysql"))]
fn has_database(rest: &str) -> bool {
    let rest = rest.strip_prefix("//").unwrap_or_default();
    rest.split_once('/')
        .is_some_and(|(_, name)| !name.is_empty())
}

/// Percent-encoding, of all that is not plain.
#[cfg(any(feature = "postgres", feature = "mysql"))]
fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// The file; `None`: in memory.
#[cfg(feature = "sqlite")]
fn file(address: &Address) -> Result<Option<std::path::PathBuf>> {
    use std::path::Path;

    let rest = address.rest.strip_prefix("//").unwrap_or(&address.rest);
    let path = crate::address::decode(rest);
    let fault = |fault| Error::address(&address.shown(), fault);
    let path = path.ok_or_else(|| fault("the path is not valid UTF-8"))?;
    match path.as_str() {
        "" | "/" => Err(fault(
            "the path is missing, as in sqlite:///var/cache/app.db",
        )),
        ":memory:" => Ok(None),
        _ if path.ends_with('/') || Path::new(&path).file_name().is_none() => {
            Err(fault("the path is a folder: add the name of a file"))
        }
        _ if path.contains('\0') => Err(fault("the path contains a NUL byte")),
        _ => Ok(Some(path.into())),
    }
}
