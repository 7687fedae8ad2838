//! Addresses of caches and stores: `redis://127.0.0.1:6379/1?prefix=blog&ttl=5m`.

use std::collections::BTreeMap;

use crate::error::{Error, Result};

#[cfg(any(feature = "redis", feature = "memcached"))]
pub(crate) use self::hosts::{Host, Servers, Socket};

#[cfg(any(feature = "redis", feature = "memcached", test))]
mod hosts;

/// A parsed address: `scheme:rest?name=value&…`. Options are taken out one by one; [`Address::finish`] refuses the rest.
pub(crate) struct Address {
    /// `redis`.
    pub(crate) scheme: String,
    /// The text between the colon and the question mark, not decoded: `//127.0.0.1:6379/1`.
    pub(crate) rest: String,
    shown: String,
    options: BTreeMap<String, String>,
    known: Vec<&'static str>,
}

impl Address {
    /// Parses an address. Names and values of options may be percent-encoded.
    ///
    /// # Errors
    ///
    /// If there is no scheme, or an option has no value or is given twice.
    pub(crate) fn parse(url: &str) -> Result<Self> {
        let Some((scheme, rest)) = url.split_once(':').filter(|(scheme, _)| is_scheme(scheme))
        else {
            return Err(Error::address(&after_at("", url), "it has no scheme"));
        };
        let scheme = scheme.to_ascii_lowercase();
        // A question mark in a password that is not encoded does not begin the options.
        let user = user_end(rest);
        let options_at = rest[user..].find('?').map(|at| user + at);
        let (before, query) = match options_at {
            Some(at) => (&rest[..at], &rest[at + 1..]),
            None => (rest, ""),
        };
        let shown = shown(&scheme, before, query);
        let fault = |fault: &str| Error::address(&shown, fault);
        // A text before an `@` may be a part of a password.
        let quoted = |text: &str| {
            if query.contains('@') {
                String::new()
            } else {
                format!(" `{text}`")
            }
        };
        let mut options = BTreeMap::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair
                .split_once('=')
                .ok_or_else(|| fault(&format!("the option{} has no value", quoted(pair))))?;
            let decode = |text: &str| {
                decode(text)
                    .ok_or_else(|| fault(&format!("the option{} is not valid UTF-8", quoted(name))))
            };
            let (name, value) = (decode(name)?, decode(value)?);
            if options.contains_key(&name) {
                return Err(fault(&format!(
                    "the option{} is given twice",
                    quoted(&name)
                )));
            }
            options.insert(name, value);
        }
        Ok(Self {
            scheme,
            rest: before.to_owned(),
            shown,
            options,
            known: Vec::new(),
        })
    }

    /// The address without its options, and without the name and password of its user: for messages.
    pub(crate) fn shown(&self) -> String {
        self.shown.clone()
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
    /// If the option is there and `read` refuses it.
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
        let fault = || Error::address(&self.shown, &format!("`{name}={text}`: not {kind}"));
        value.map(Some).ok_or_else(fault)
    }

    /// Refuses the options that are left, with a list of the known ones.
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
        known.dedup();
        let known = known.join(", ");
        let unknown = after_at("", unknown);
        let fault = format!("unknown option `{unknown}`; known options: {known}");
        Err(Error::address(&self.shown, &fault))
    }
}

impl std::fmt::Debug for Address {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_tuple("Address").field(&self.shown).finish()
    }
}

fn is_scheme(text: &str) -> bool {
    let rest = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    text.starts_with(|first: char| first.is_ascii_alphabetic()) && text.bytes().all(rest)
}

/// The end of the user's name and password in `//user:password@host:port/…`; zero if there are none.
fn user_end(rest: &str) -> usize {
    let authority = authority(rest).unwrap_or_default();
    let Some(at) = authority.rfind('@') else {
        return 0;
    };
    match authority.find('?') {
        // `//host?prefix=a@b`
        Some(options) if options < at && looks_like_hosts(&authority[..options]) => 0,
        _ => "//".len() + at + 1,
    }
}

/// The text between `//` and the next `/`.
fn authority(rest: &str) -> Option<&str> {
    let authority = rest.strip_prefix("//")?;
    Some(&authority[..authority.find('/').unwrap_or(authority.len())])
}

/// Whether the text can be `host:port,host` rather than the beginning of a password.
fn looks_like_hosts(text: &str) -> bool {
    text.split(',').all(|host| {
        let port = match host.rsplit_once(':') {
            Some((_, port)) if !port.ends_with(']') => port,
            _ => "",
        };
        port.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// The address for messages: without options, and without anything that may be a user's name or password, which people forget to
/// encode.
fn shown(scheme: &str, rest: &str, options: &str) -> String {
    let user = user_end(rest);
    if rest[user..].contains('@') {
        return after_at(&format!("{scheme}:"), rest);
    }
    let may_hold_a_password = |authority: &str| match authority {
        "" => rest.contains(':'),
        authority => !looks_like_hosts(authority),
    };
    let is_hidden =
        options.contains('@') && user == 0 && authority(rest).is_none_or(may_hold_a_password);
    if is_hidden {
        format!("{scheme}://…")
    } else if user > 0 {
        format!("{scheme}://{}", &rest[user..])
    } else {
        format!("{scheme}:{rest}")
    }
}

/// The text after the last `@`.
fn after_at(scheme: &str, text: &str) -> String {
    match text.rsplit_once('@') {
        Some((_, after)) => format!("{scheme}…@{after}"),
        None => format!("{scheme}{text}"),
    }
}

/// Percent-decodes a text; `None` if the result is not valid UTF-8. A `%` without two digits after it stands for itself.
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
    fn an_unknown_option_is_an_error_that_lists_the_known_ones() {
        let mut address = Address::parse("redis://user:secret@h/?prefx=a").unwrap();
        address.take("ttl");
        address.take("prefix");
        let error = address.finish().unwrap_err().to_string();
        let fault = "unknown option `prefx`; known options: prefix, ttl";
        assert!(error.ends_with(fault), "{error}");
        assert!(!error.contains("secret"), "{error}");
    }

    #[test]
    fn no_part_of_a_password_is_shown() {
        let passwords = [
            "secret",
            "sec?ret",
            "se?c=ret",
            "sec/ret",
            "sec#ret",
            "sec@ret",
            "s/e?c=r@e#t",
            "s?e/c@ret",
            "s//e?c&r=et",
            "sec%ffret",
            "%73ecret:secret",
        ];
        let wrong = [
            "",
            "?x",
            "?x=%ff",
            "?x=1&x=2",
            "?unknown=1",
            "?prefix=a@b",
            "?a@b",
        ];
        for (password, wrong) in passwords.iter().flat_map(|p| wrong.map(|w| (p, w))) {
            for url in [
                format!("redis://user:{password}@h/{wrong}"),
                format!("redis://:{password}@h{wrong}"),
                format!("redis:///user:{password}@h{wrong}"),
                format!("user:{password}@h{wrong}"),
                format!("user {password}@h{wrong}"),
            ] {
                let said = match Address::parse(&url) {
                    Err(error) => format!("{error} {error:?}"),
                    Ok(address) => {
                        let said = format!("{address:?} {}", address.shown());
                        let servers = hosts::Servers::read(&address.rest, 1).map(drop);
                        format!("{said} {servers:?} {:?}", address.finish())
                    }
                };
                for part in ["sec", "ret", "e?c", "s?e", "s/e"] {
                    assert!(!said.contains(part), "{url}: {said}");
                }
            }
        }
        let address = Address::parse("redis://user:se?cret@h/1?prefix=a@b").unwrap();
        assert_eq!(address.shown(), "redis://h/1");
    }

    #[test]
    fn an_at_sign_in_an_option_begins_no_host() {
        for url in [
            "redis://h:1?prefix=a@b",
            "redis://h:1/?prefix=a@b",
            "redis://[::1]?prefix=a@b",
        ] {
            let mut address = Address::parse(url).unwrap();
            assert_eq!(address.take("prefix").as_deref(), Some("a@b"), "{url}");
            assert!(
                url.starts_with(&address.shown()),
                "{url}: {}",
                address.shown()
            );
        }
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
