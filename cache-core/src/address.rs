//! Addresses of caches and stores: `redis://127.0.0.1:6379/1?prefix=blog&ttl=5m`.

use std::collections::BTreeMap;

use crate::error::{Error, Result};

/// An address, taken apart: `scheme:rest?name=value&…`. Options are taken out one by one; [`Address::finish`] refuses what
/// nobody has asked for.
#[derive(Debug)]
pub(crate) struct Address {
    /// `redis`.
    pub(crate) scheme: String,
    /// What stands between the colon and the question mark, as it was written: `//127.0.0.1:6379/1`.
    pub(crate) rest: String,
    options: BTreeMap<String, String>,
    known: Vec<&'static str>,
}

impl Address {
    /// Takes an address apart. Names and values of options may be percent-encoded.
    ///
    /// # Errors
    ///
    /// If there is no scheme, or an option has no value or stands there twice.
    pub(crate) fn parse(url: &str) -> Result<Self> {
        let fault = |fault: &str| Error::address(&without_user(url), fault);
        let (scheme, rest) = url
            .split_once(':')
            .ok_or_else(|| fault("there is no scheme"))?;
        // A question mark in a password that somebody has not encoded begins no options.
        let user = rest.len() - after_user(rest).len();
        let options_at = rest[user..].find('?').map(|at| user + at);
        let (rest, query) = match options_at {
            Some(at) => (&rest[..at], &rest[at + 1..]),
            None => (rest, ""),
        };
        let mut options = BTreeMap::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair
                .split_once('=')
                .ok_or_else(|| fault(&format!("the option `{}` has no value", pair)))?;
            let decode =
                |text: &str| decode(text).ok_or_else(|| fault(&format!("`{text}` is no UTF-8")));
            let (name, value) = (decode(name)?, decode(value)?);
            if options.contains_key(&name) {
                return Err(fault(&format!("the option `{name}` stands there twice")));
            }
            options.insert(name, value);
        }
        Ok(Self {
            scheme: scheme.to_ascii_lowercase(),
            rest: rest.to_owned(),
            options,
            known: Vec::new(),
        })
    }

    /// The address without its options, and with the name and password of its user left out: for messages.
    pub(crate) fn shown(&self) -> String {
        without_user(&format!("{}:{}", self.scheme, self.rest))
    }

    /// Takes an option out, as text.
    pub(crate) fn take(&mut self, name: &'static str) -> Option<String> {
        self.known.push(name);
        self.options.remove(name)
    }

    /// Takes an option out, read by `read`; `kind` says what it should be: `"a number"`.
    ///
    /// # Errors
    ///
    /// If it is not that.
    pub(crate) fn take_as<T>(
        &mut self,
        name: &'static str,
        kind: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>> {
        let Some(text) = self.take(name) else {
            return Ok(None);
        };
        let value = read(&text);
        let fault = || Error::address(&self.shown(), &format!("`{name}={text}`: not {kind}"));
        value.map(Some).ok_or_else(fault)
    }

    /// Everything that was to be asked has been: refuses the options that are left, and lists those that there are.
    ///
    /// # Errors
    ///
    /// If an option is left.
    pub(crate) fn finish(self) -> Result<()> {
        let Some(unknown) = self.options.keys().next() else {
            return Ok(());
        };
        let mut known = self.known.clone();
        known.sort_unstable();
        let known = known.join(", ");
        Err(Error::address(
            &self.shown(),
            &format!("there is no option `{}`; there are: {known}", unknown),
        ))
    }
}

/// What follows the name and password of the user in `//user:password@host:port/…`; all of it if there are none.
fn after_user(rest: &str) -> &str {
    let authority = rest.strip_prefix("//").unwrap_or_default();
    let authority = &authority[..authority.find('/').unwrap_or(authority.len())];
    match authority.rfind('@') {
        Some(at) => &rest["//".len() + at + 1..],
        None => rest,
    }
}

/// An address without the name and password of its user.
fn without_user(url: &str) -> String {
    let (scheme, rest) = url.split_once(':').unwrap_or(("", url));
    let host = after_user(rest);
    if host.len() == rest.len() {
        url.to_owned()
    } else {
        format!("{scheme}://{host}")
    }
}

/// Percent-decoding; `None` if what comes out is no text. A `%` that no two digits follow stands for itself.
pub(crate) fn decode(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let digit = |at: usize| {
            bytes
                .get(at)
                .and_then(|byte| char::from(*byte).to_digit(16))
        };
        match (bytes[at], digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                out.push(u8::try_from(high * 16 + low).ok()?);
                at += 3;
            }
            (byte, _, _) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_apart() {
        let mut address = Address::parse("redis://h:1/2?prefix=a%20b&near=10").unwrap();
        assert_eq!(
            (address.scheme.as_str(), address.rest.as_str()),
            ("redis", "//h:1/2")
        );
        assert_eq!(address.take("prefix").as_deref(), Some("a b"));
        let near = address.take_as("near", "a number", |text| text.parse::<usize>().ok());
        assert_eq!(near.unwrap(), Some(10));
        address.finish().unwrap();
    }

    #[test]
    fn what_nobody_asked_for_is_an_error_that_lists_what_there_is() {
        let mut address = Address::parse("redis://user:secret@h/?prefx=a").unwrap();
        address.take("ttl");
        address.take("prefix");
        let error = address.finish().unwrap_err().to_string();
        assert!(error.contains("`prefx`; there are: prefix, ttl"), "{error}");
        assert!(!error.contains("secret"), "{error}");
    }

    #[test]
    fn no_part_of_a_password_is_shown() {
        for url in [
            "redis://user:secret@h/?x",
            "redis://user:sec?ret@h/?x",
            "redis://user:se?c=ret@h/?x",
        ] {
            let error = Address::parse(url).unwrap_err().to_string();
            assert!(error.contains("`redis://h/?x`"), "{error}");
        }
        let address = Address::parse("redis://user:se?cret@h/1?prefix=a@b").unwrap();
        assert_eq!(address.shown(), "redis://h/1");
    }

    #[test]
    fn what_is_no_address_is_an_error() {
        for url in [
            "",
            "redis",
            "memory:?near",
            "memory:?near=1&near=2",
            "memory:?a=%ff",
        ] {
            assert!(Address::parse(url).is_err(), "{url}");
        }
    }
}
