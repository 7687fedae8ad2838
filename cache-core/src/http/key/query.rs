//! The query as a page is keyed by it.

use std::borrow::Cow;

use crate::http::percent;

/// The canonical form of a query: what the key holds and the handler sees.
///
/// The pairs, split at `&`, are sorted stably by name when every name is made of unreserved characters (RFC 3986, section 2.3); any
/// other name could be one more spelling of its neighbour's, and the query stays as it stands. With `only`, pairs of other names are
/// left out, and nothing left is no query. Otherwise no query and an empty one differ.
pub(crate) fn canonical<'a>(query: Option<&'a str>, only: Option<&[&str]>) -> Option<Cow<'a, str>> {
    let query = query?;
    let Some(only) = only else {
        return Some(sorted(query));
    };
    let kept: Vec<&str> = query
        .split('&')
        .filter(|pair| only.contains(&&*decoded(name(pair))))
        .collect();
    if kept.is_empty() {
        return None;
    }
    Some(Cow::Owned(sorted(&kept.join("&")).into_owned()))
}

fn sorted(query: &str) -> Cow<'_, str> {
    if !query
        .split('&')
        .all(|pair| name(pair).bytes().all(is_unreserved))
        || query.split('&').map(name).is_sorted()
    {
        return Cow::Borrowed(query);
    }
    let mut pairs: Vec<&str> = query.split('&').collect();
    pairs.sort_by_key(|pair| name(pair));
    Cow::Owned(pairs.join("&"))
}

fn name(pair: &str) -> &str {
    pair.split_once('=').map_or(pair, |(name, _)| name)
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// A name as the handler's parser reads it: `+` is a space, `%41` is `A`.
fn decoded(name: &str) -> Cow<'_, str> {
    if !name.contains(['+', '%']) {
        return Cow::Borrowed(name);
    }
    let spaced = name.replace('+', " ");
    Cow::Owned(String::from_utf8_lossy(&percent::decoded(&spaced)).into_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(query: &str) -> String {
        canonical(Some(query), None).unwrap().into_owned()
    }

    #[test]
    fn pairs_are_sorted_by_plain_names() {
        for (query, expected) in [
            ("b=2&a=1", "a=1&b=2"),
            ("a=2&a=1", "a=2&a=1"),
            ("b&a", "a&b"),
            ("b=&a", "a&b="),
            ("a=1&b=2", "a=1&b=2"),
            ("", ""),
            ("&a=1", "&a=1"),
            ("b=x=y&a=%26", "a=%26&b=x=y"),
        ] {
            assert_eq!(all(query), expected, "{query}");
        }
    }

    #[test]
    fn a_query_with_other_names_stays_as_it_stands() {
        for query in [
            "b=1&%61=2",
            "%61=2&a=1",
            "z[]=1&a=2",
            "b+c=1&a=2",
            "b;a=1&a=2",
            "é=1&a=2",
        ] {
            assert_eq!(all(query), query);
        }
    }

    #[test]
    fn no_query_is_not_an_empty_one() {
        assert_eq!(canonical(None, None), None);
        assert_eq!(canonical(Some(""), None), Some(Cow::Borrowed("")));
        assert_ne!(canonical(Some("q"), None), canonical(Some("q="), None));
    }

    #[test]
    fn a_list_keeps_only_its_names() {
        for (query, expected) in [
            ("utm=x&page=2&category=rust", Some("category=rust&page=2")),
            ("page=2&page=3", Some("page=2&page=3")),
            ("page", Some("page")),
            ("pages=2", None),
            ("", None),
            ("p%61ge=2&category=a", Some("p%61ge=2&category=a")),
            ("Page=2", None),
        ] {
            assert_eq!(
                canonical(Some(query), Some(&["page", "category"])).as_deref(),
                expected,
                "{query}"
            );
        }
        assert_eq!(canonical(Some("a=1"), Some(&[])), None);
        assert_eq!(
            canonical(Some("my%20tag%5B%5d=1"), Some(&["my tag[]"])).as_deref(),
            Some("my%20tag%5B%5d=1")
        );
        assert_eq!(
            canonical(Some("%=1&%f=2&a%zz=3"), Some(&["%", "%f", "a%zz"])).as_deref(),
            Some("%=1&%f=2&a%zz=3")
        );
    }

    proptest! {
        #[test]
        fn the_form_is_its_own_form(query in "[ab=&%6+]{0,12}") {
            let once = all(&query);
            prop_assert_eq!(all(&once), once.clone());
            let mut before: Vec<&str> = query.split('&').collect();
            let mut after: Vec<&str> = once.split('&').collect();
            before.sort_unstable();
            after.sort_unstable();
            prop_assert_eq!(before, after);
        }
    }
}
