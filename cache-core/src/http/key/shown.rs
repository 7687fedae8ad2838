//! The keys of pages as users know them, and their parts.

use std::borrow::Cow;

use super::fields::FieldReader;
use super::{KeyHead, Keying};
use crate::name::Name;
use crate::stats::{NamedPart, ReadKey};

impl Keying {
    /// The parts of a key: its path and each parameter of its query, or the page's own key; the host, and each header and cookie.
    fn read_parts(&self, key: &[u8]) -> Option<Vec<NamedPart>> {
        let mut parts = Vec::new();
        let mut read = FieldReader::new(key);
        match KeyHead::read(&mut read)? {
            KeyHead::Name(name) => parts.push((Cow::Borrowed("key"), name.to_vec())),
            KeyHead::Url => {
                parts.push((Cow::Borrowed("path"), read.field()?.to_vec()));
                let query = first(&read.list()?);
                parts.push((Cow::Borrowed("query"), query));
                if !read.list()?.is_empty() {
                    read.list()?;
                }
                read.list()?;
                read.list()?;
            }
        }
        parts.push((Cow::Borrowed("host"), first(&read.list()?)));
        for header in &self.varied.headers {
            let name = Cow::Owned(format!("header {header}"));
            parts.push((name, read.list()?.join(&b", "[..])));
        }
        for cookie in self.varied.cookies {
            let name = Cow::Owned(format!("cookie {cookie}"));
            parts.push((name, read.list()?.join(&b"; "[..])));
        }
        Some(parts)
    }
}

/// Headers that hold credentials, or whose names contain one of these words.
const CREDENTIALS: [&str; 9] = [
    "auth",
    "cookie",
    "credential",
    "key",
    "passw",
    "secret",
    "session",
    "signature",
    "token",
];

/// Whether a part of a key may let those who see it act as somebody else: any cookie, and headers with credentials.
fn is_secret(part: &str) -> bool {
    let header = part.strip_prefix("header ").map(str::to_ascii_lowercase);
    let is_credential = |name: String| CREDENTIALS.iter().any(|word| name.contains(word));
    part.starts_with("cookie ") || header.is_some_and(is_credential)
}

/// Whether a parameter of a query sounds like one that lets those who see it act as somebody else.
fn is_secret_parameter(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let is_short = ["code", "otp", "pin", "sig"].contains(&&*name) || name.ends_with("key");
    // Whatever an author is, it is no secret.
    let others = name.replace("author", "").replace("keyword", "");
    let is_long = |word: &&str| *word != "key" && others.contains(word);
    is_short || name.contains("authoriz") || CREDENTIALS.iter().copied().any(|word| is_long(&word))
}

/// A query, in which hashes stand for secrets.
fn shown_query(query: &str) -> String {
    let parameters = query.split('&').map(|parameter| {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        if value.is_empty() || !is_secret_parameter(name) {
            parameter.to_owned()
        } else {
            format!("{name}={}", short_hash(value.as_bytes()))
        }
    });
    parameters.collect::<Vec<_>>().join("&")
}

/// What stands for a secret: it tells values apart, and is too short to find one by.
fn short_hash(secret: &[u8]) -> String {
    let [a, b, c, ..] = Name::of("secret", secret).to_bytes();
    format!("#{a:02x}{b:02x}{c:02x}")
}

fn first(list: &[&[u8]]) -> Vec<u8> {
    list.first().map(|first| first.to_vec()).unwrap_or_default()
}

/// Reads the keys of a page.
#[derive(Debug)]
pub(crate) struct PageKeys(pub(crate) &'static Keying);

impl ReadKey for PageKeys {
    fn text(&self, key: &[u8]) -> String {
        let (mut text, mut variant) = (String::new(), String::new());
        for (name, bytes) in self.parts(key) {
            let value = String::from_utf8_lossy(&bytes);
            match &*name {
                "path" | "key" => text.push_str(&value),
                "query" | "host" if value.is_empty() => {}
                "query" => {
                    text.push('?');
                    text.push_str(&shown_query(&value));
                }
                name => {
                    variant.push_str(if variant.is_empty() { " (" } else { ", " });
                    variant.push_str(name);
                    variant.push_str(": ");
                    if is_secret(name) && !value.is_empty() {
                        variant.push_str(&short_hash(&bytes));
                    } else {
                        variant.push_str(&value);
                    }
                }
            }
        }
        if !variant.is_empty() {
            variant.push(')');
        }
        text + &variant
    }

    fn parts(&self, key: &[u8]) -> Vec<NamedPart> {
        self.0.read_parts(key).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{key, keying};
    use super::*;

    #[test]
    fn parameters_that_sound_secret_are_shown_as_a_hash() {
        let query = shown_query(
            "page=2&token=hunter2&API_KEY=a&code=b&author=7&keyword=c&postcode=9&auth=",
        );
        let hash = |secret: &str| short_hash(secret.as_bytes());
        let (token, key, code) = (hash("hunter2"), hash("a"), hash("b"));
        assert_eq!(
            query,
            format!(
                "page=2&token={token}&API_KEY={key}&code={code}&author=7&keyword=c&postcode=9&auth="
            )
        );
    }

    #[test]
    fn credentials_are_shown_as_a_hash_that_tells_them_apart() {
        let keying: &Keying = Box::leak(Box::new(keying(
            &["authorization", "x-api-key", "accept-language"],
            &["session"],
        )));
        let shown = |secret: &str| {
            let (bearer, cookie) = (format!("Bearer {secret}"), format!("session={secret}"));
            let headers: [(&str, &[u8]); 5] = [
                ("host", b"a"),
                ("authorization", bearer.as_bytes()),
                ("x-api-key", secret.as_bytes()),
                ("accept-language", b"de"),
                ("cookie", cookie.as_bytes()),
            ];
            let key = key(keying, "/p", &headers);
            PageKeys(keying).text(key.as_bytes())
        };
        let (one, other) = (shown("hunter2"), shown("hunter3"));
        assert!(
            !one.contains("hunter2") && one.contains("header accept-language: de"),
            "{one}"
        );
        for part in [
            "header authorization: #",
            "header x-api-key: #",
            "cookie session: #",
        ] {
            let hash = |text: &str| text.split_once(part).unwrap().1[..6].to_owned();
            assert_ne!(hash(&one), hash(&other), "{one}");
            assert_eq!(hash(&one), hash(&shown("hunter2")));
        }
        let key = key(keying, "/p", &[("host", b"a")]);
        let none = PageKeys(keying).text(key.as_bytes());
        assert!(!none.contains('#'), "what is missing is no secret: {none}");
    }
}
