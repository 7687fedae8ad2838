//! The names of a URL: what its answers are invalidated by.
//!
//! A key holds a URL as the client wrote it, because a handler may tell any two spellings apart. A name holds what the URL spells, so
//! that it is found by whoever writes the same URL another way. Two URLs of one name are invalidated together, which costs a load.

use super::percent::decoded;

/// Splits a path as people write it into path and query. A fragment is left out, and so are scheme and host, because a page is
/// forgotten on every host.
pub(crate) fn split(written: &str) -> (&str, Option<&str>) {
    let written = written.split_once('#').map_or(written, |(url, _)| url);
    let (path, query) = written
        .split_once('?')
        .map_or((written, None), |(path, query)| (path, Some(query)));
    (without_host(path), query)
}

fn without_host(path: &str) -> &str {
    let rest = path.split_once("://").filter(|(scheme, _)| {
        scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")
    });
    rest.map_or(path, |(_, rest)| {
        rest.find('/').map_or("", |at| &rest[at..])
    })
}

/// Writes what a path spells. A path begins with a slash, also where people leave it out.
pub(crate) fn write_path(path: &str, out: &mut Vec<u8>) {
    let path = decoded(path.strip_prefix('/').unwrap_or(path));
    write(&path, out);
}

/// Writes the pairs that a query spells, in one order for all orders; `+` is a space, also where it is escaped, because people forget
/// to. A pair without a value is one with an empty value, and no pair at all is no query.
pub(crate) fn write_pairs(query: Option<&str>, out: &mut Vec<u8>) {
    let pairs = query.unwrap_or_default().split('&');
    let mut pairs: Vec<_> = pairs
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (word(name), word(value)))
        .collect();
    pairs.sort_unstable();
    for (name, value) in pairs {
        write(&name, out);
        write(&value, out);
    }
}

fn word(text: &str) -> Vec<u8> {
    let mut word = decoded(text).into_owned();
    for byte in &mut word {
        if *byte == b'+' {
            *byte = b' ';
        }
    }
    word
}

/// With the length in front, so that parts cannot run into each other.
fn write(part: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&(part.len() as u64).to_le_bytes());
    out.extend_from_slice(part);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(written: &str) -> (Vec<u8>, Vec<u8>) {
        let (mut of_path, mut of_pairs) = (Vec::new(), Vec::new());
        let (path, query) = split(written);
        write_path(path, &mut of_path);
        write_pairs(query, &mut of_pairs);
        (of_path, of_pairs)
    }

    #[test]
    fn spellings_of_one_url() {
        for spellings in [
            &[
                "/",
                "",
                "/?",
                "/#top",
                "https://a.example",
                "HTTP://a:80/?&",
            ][..],
            &["/posts", "posts", "/p%6Fsts", "http://a/posts#x?y"],
            &["/é ü", "/%C3%A9%20%c3%bc", "/é%20ü"],
            &["/a/b", "/a%2Fb", "/a%2fb"],
            &[
                "/it's,~@:!$&()*;=",
                "/it%27s%2C%7E%40%3A%21%24%26%28%29%2A%3B%3D",
            ],
            &["/100%", "/100%25"],
            &[
                "/x?a=1&b=2",
                "/x?b=2&a=1",
                "/x?&b=2&&a=%31&",
                "/x?%61=1&b=2",
            ],
            &["/x?q=x y", "/x?q=x+y", "/x?q=x%20y", "/x?q=x%2By"],
            &["/x?q", "/x?q=", "/x?q=&"],
            &["/x?q=é", "/x?q=%C3%A9", "/x?q=%c3%a9#top"],
            &["/x?q=a=b", "/x?q=a%3Db"],
        ] {
            for other in &spellings[1..] {
                assert_eq!(name(spellings[0]), name(other), "{other}");
            }
        }
    }

    #[test]
    fn urls_of_their_own() {
        let urls = [
            "/",
            "//",
            "/x",
            "/x/",
            "/X",
            "/x+y",
            "/x y",
            "/x%",
            "/xhttp://y",
            "/x?a=1",
            "/x?A=1",
            "/x?a=1&a=1",
            "/x?a=1&b=2",
            "/x?a=1%26b=2",
            "/x?a=1b=2",
            "/x?=a",
            "/x?a",
            "/x%3Fa",
            "/x?a=1;b=2",
            "/ftp://a/x",
        ];
        for (at, one) in urls.iter().enumerate() {
            for other in &urls[at + 1..] {
                assert_ne!(name(one), name(other), "{one} {other}");
            }
        }
    }
}
