//! Keys as users know them, and their parts.

use std::borrow::Cow;

use crate::site::Site;
use crate::stats::{NamedPart, ReadKey};

/// Reads the keys of a function or page.
pub(crate) fn reader_of(site: &'static Site) -> Box<dyn ReadKey> {
    match site.info().key {
        Some(template) => Box::new(TemplateKeys::new(template)),
        None => Box::new(ArgumentKeys),
    }
}

/// Keys of a template, such as `post:{slug}`.
#[derive(Debug)]
struct TemplateKeys {
    /// What comes before each hole, and the hole as it was written.
    holes: Vec<(String, &'static str)>,
}

/// Keys that are made of the arguments: `(7,rust,)`.
#[derive(Debug)]
struct ArgumentKeys;

impl TemplateKeys {
    fn new(template: &'static str) -> Self {
        let (mut holes, mut before, mut rest) = (Vec::new(), String::new(), template);
        while let Some(next) = rest.chars().next() {
            let after = &rest[next.len_utf8()..];
            let is_doubled = matches!(next, '{' | '}') && after.starts_with(next);
            if next == '{' && !is_doubled {
                let length = length_of_hole(after);
                let written = rest.get(..length + 2).unwrap_or(rest);
                holes.push((std::mem::take(&mut before), written));
                rest = &after[(length + 1).min(after.len())..];
            } else {
                before.push(next);
                rest = &after[usize::from(is_doubled)..];
            }
        }
        // What follows the last hole ends it.
        holes.push((before, ""));
        Self { holes }
    }
}

/// The length of a hole up to its closing brace; braces inside of it come in pairs.
fn length_of_hole(after: &str) -> usize {
    let mut depth = 1_usize;
    let closes = |(_, next): &(usize, char)| {
        match next {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        depth == 0
    };
    after
        .char_indices()
        .find(closes)
        .map_or(after.len().saturating_sub(1), |(at, _)| at)
}

impl ReadKey for TemplateKeys {
    fn text(&self, key: &[u8]) -> String {
        String::from_utf8_lossy(key).into_owned()
    }

    /// A part escapes the character that ends it, so that it goes on to the first of these.
    fn parts(&self, key: &[u8]) -> Vec<NamedPart> {
        let mut parts = Vec::new();
        let Some((first, _)) = self.holes.first() else {
            return parts;
        };
        // A namespace comes before the key.
        let start = find(key, first.as_bytes()).unwrap_or(0);
        let mut rest = &key[start..];
        for pair in self.holes.windows(2) {
            let [(before, written), (after, _)] = pair else {
                continue;
            };
            rest = rest.strip_prefix(before.as_bytes()).unwrap_or(rest);
            let end = after.bytes().next();
            let end = end.and_then(|end| rest.iter().position(|byte| *byte == end));
            let (value, left) = rest.split_at(end.unwrap_or(rest.len()));
            parts.push((Cow::Borrowed(*written), value.to_vec()));
            rest = left;
        }
        parts
    }
}

impl ReadKey for ArgumentKeys {
    fn text(&self, key: &[u8]) -> String {
        let text = String::from_utf8_lossy(key);
        match text.strip_suffix(",)") {
            Some(arguments) => format!("{arguments})"),
            None => text.into_owned(),
        }
    }

    /// Each item ends with a comma; those inside of groups belong to these.
    fn parts(&self, key: &[u8]) -> Vec<NamedPart> {
        let inside = key
            .strip_prefix(b"(")
            .and_then(|key| key.strip_suffix(b")"));
        let (mut parts, mut value, mut depth) = (Vec::new(), Vec::new(), 0_usize);
        for byte in inside.unwrap_or_default() {
            match byte {
                b',' if depth == 0 => {
                    let name = format!("argument {}", parts.len() + 1);
                    parts.push((Cow::Owned(name), std::mem::take(&mut value)));
                    continue;
                }
                b'(' => depth += 1,
                b')' => depth = depth.saturating_sub(1),
                _ => {}
            }
            value.push(*byte);
        }
        parts
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    if needle.is_empty() {
        return Some(0);
    }
    let mut windows = haystack.windows(needle.len());
    windows.position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::{CacheKey, Key};

    fn shown(parts: Vec<NamedPart>) -> Vec<(String, String)> {
        let text = |value: Vec<u8>| String::from_utf8(value).unwrap();
        let parts = parts.into_iter();
        parts
            .map(|(name, value)| (name.into_owned(), text(value)))
            .collect()
    }

    #[test]
    fn the_parts_of_a_template_are_found_in_its_keys() {
        for (template, key, expected) in [
            (
                "user:{id}:posts:{page}",
                "user:7:posts:2",
                &[("{id}", "7"), ("{page}", "2")][..],
            ),
            ("post:{post.slug}", "post:a:b", &[("{post.slug}", "a:b")]),
            ("all", "all", &[]),
            ("{{{a}}}-{b}", "{x}-y", &[("{a}", "x"), ("{b}", "y")]),
            (
                "{if a { 1 } else { 2 }}/{b}",
                "1/z",
                &[("{if a { 1 } else { 2 }}", "1"), ("{b}", "z")],
            ),
            ("a:{a}:{b}", "news/a:1:2", &[("{a}", "1"), ("{b}", "2")]),
            ("a:{a}:{b}", "", &[("{a}", ""), ("{b}", "")]),
        ] {
            let parts = shown(TemplateKeys::new(template).parts(key.as_bytes()));
            let expected = expected.iter();
            let expected: Vec<_> = expected
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect();
            assert_eq!(parts, expected, "{template}");
        }
    }

    #[test]
    fn the_parts_of_arguments_are_found_whatever_they_hold() {
        fn written<K: CacheKey>(key: &K) -> Vec<u8> {
            let mut text = Key::new();
            text.last(key);
            text.as_bytes().to_vec()
        }
        let key = written(&(7_u32, "a,(b", vec![1_u8, 2], None::<u8>));
        let parts = shown(ArgumentKeys.parts(&key));
        assert_eq!(parts.len(), 4, "{parts:?}");
        assert_eq!(parts[0], ("argument 1".to_owned(), "7".to_owned()));
        assert_eq!(ArgumentKeys.text(&written(&(1_u8, "b"))), "(1,b)");
        assert!(ArgumentKeys.parts(&written(&())).is_empty());
        assert!(ArgumentKeys.parts(b"no list").is_empty());
    }

    #[test]
    fn a_template_that_ends_in_an_open_brace_is_read_to_its_end() {
        let keys = TemplateKeys::new("a{");
        assert!(keys.parts(b"a1").len() <= 1);
    }
}
