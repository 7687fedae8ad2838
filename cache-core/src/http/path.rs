//! Paths as people write them, for invalidation.

use std::borrow::Cow;
use std::fmt::Write;

/// Splits a path as a client writes it into path and query, without the fragment, in the form in which requests arrive:
/// what a browser percent-encodes is encoded, and what is encoded already stays.
pub(crate) fn as_requested(path: &str) -> (Cow<'_, str>, Option<Cow<'_, str>>) {
    let (path, _fragment) = path.split_once('#').unwrap_or((path, ""));
    let (path, query) = path
        .split_once('?')
        .map_or((path, None), |(path, query)| (path, Some(query)));
    let path = if path.starts_with('/') {
        Cow::Borrowed(path)
    } else {
        Cow::Owned(format!("/{path}"))
    };
    let path = encoded(&path, b"\"<>^`{}").into_owned();
    (Cow::Owned(path), query.map(|query| encoded(query, b"\"<>")))
}

fn encoded<'a>(text: &'a str, special: &[u8]) -> Cow<'a, str> {
    let stays = |byte: u8| byte.is_ascii_graphic() && !special.contains(&byte);
    if text.bytes().all(stays) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for byte in text.bytes() {
        if stays(byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_of_a_request() {
        for (written, path, query) in [
            ("/posts", "/posts", None),
            ("/posts?", "/posts", Some("")),
            ("/posts?page=2#top", "/posts", Some("page=2")),
            ("posts", "/posts", None),
            ("", "/", None),
            ("/é ü?q=ö \"", "/%C3%A9%20%C3%BC", Some("q=%C3%B6%20%22")),
            ("/%C3%A9", "/%C3%A9", None),
            ("/a{b}?c={d}", "/a%7Bb%7D", Some("c={d}")),
            ("/a?b?c", "/a", Some("b?c")),
        ] {
            let (found, found_query) = as_requested(written);
            assert_eq!(
                (&*found, found_query.as_deref()),
                (path, query),
                "{written}"
            );
        }
    }
}
