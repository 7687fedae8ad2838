//! Which of several stored responses a request selects (RFC 9111, section 4.1).

use http::header::{
    ACCEPT, ACCEPT_CHARSET, ACCEPT_ENCODING, ACCEPT_LANGUAGE, AUTHORIZATION, COOKIE, USER_AGENT,
};
use http::{HeaderMap, HeaderName};

use crate::http::members::{quoted_members, weighted};

/// The lines of a request's field as they are compared: one spelling for all that mean the same.
///
/// What is negotiated is a list without white space around its commas, whose lines are one line; languages, encodings and charsets are
/// told apart without regard to case. With `normalises`, fields of which nothing is known are lists too, and the order of languages among
/// equals says nothing.
pub(crate) fn selecting_value(
    headers: &HeaderMap,
    name: &HeaderName,
    normalises: bool,
) -> Option<Vec<u8>> {
    if !headers.contains_key(name) {
        return None;
    }
    let lines = headers.get_all(name).into_iter();
    if is_one_value(name) || !(normalises || is_negotiated(name)) {
        // Lines that cannot be mistaken for one: their lengths come first.
        let mut out = Vec::new();
        for line in lines {
            out.extend_from_slice(&(line.len() as u64).to_le_bytes());
            out.extend_from_slice(line.as_bytes());
        }
        return Some(out);
    }
    let mut all = Vec::new();
    for line in lines {
        match quoted_members(line.as_bytes()) {
            Some(members) => all.extend(members.into_iter().map(<[u8]>::to_vec)),
            None => all.push(line.as_bytes().to_vec()),
        }
    }
    for member in &mut all {
        let length = caseless(name, member);
        member[..length].make_ascii_lowercase();
    }
    if normalises && *name == ACCEPT_LANGUAGE {
        let weight = |member: &[u8]| weighted(member).1;
        all.sort_by(|one, other| weight(other).cmp(&weight(one)).then_with(|| one.cmp(other)));
    }
    Some(all.join(&b","[..]))
}

/// Fields whose commas separate nothing.
fn is_one_value(name: &HeaderName) -> bool {
    [COOKIE, AUTHORIZATION, USER_AGENT].contains(name)
}

/// Fields that are known to be lists.
fn is_negotiated(name: &HeaderName) -> bool {
    [ACCEPT, ACCEPT_LANGUAGE, ACCEPT_ENCODING, ACCEPT_CHARSET].contains(name)
}

/// How much of a member means the same in any case. The values of a media type's parameters may not.
fn caseless(name: &HeaderName, member: &[u8]) -> usize {
    if [ACCEPT_LANGUAGE, ACCEPT_ENCODING, ACCEPT_CHARSET].contains(name) {
        member.len()
    } else if *name == ACCEPT {
        let parameters = member.iter().position(|byte| *byte == b';');
        parameters.unwrap_or(member.len())
    } else {
        0
    }
}

/// The language that a request likes best, if there is one that it likes better than all others.
pub(crate) fn preferred_language(headers: &HeaderMap) -> Option<Vec<u8>> {
    let mut best: Option<(u16, Vec<u8>)> = None;
    let mut is_alone = false;
    for line in headers.get_all(ACCEPT_LANGUAGE) {
        for member in quoted_members(line.as_bytes())? {
            let (language, weight) = weighted(member);
            let most = best.as_ref().map_or(0, |(most, _)| *most);
            if weight > most {
                best = Some((weight, language.to_ascii_lowercase()));
                is_alone = true;
            } else if weight == most {
                is_alone = false;
            }
        }
    }
    best.filter(|_| is_alone).map(|(_, language)| language)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn value(name: &'static str, lines: &[&str], negotiates: bool) -> Option<String> {
        let name = HeaderName::from_static(name);
        let headers = lines
            .iter()
            .map(|line| (name.clone(), HeaderValue::from_str(line).unwrap()))
            .collect();
        let value = selecting_value(&headers, &name, negotiates)?;
        Some(String::from_utf8_lossy(&value).into_owned())
    }

    #[test]
    fn absent_is_not_empty() {
        assert_eq!(value("foo", &[], false), None);
        assert_eq!(value("foo", &[""], true), Some(String::new()));
    }

    #[test]
    fn lists_have_one_spelling() {
        for lines in [&["1,2"][..], &[" 1 ,\t2 "], &["1", "2"]] {
            assert_eq!(
                value("foo", lines, true).as_deref(),
                Some("1,2"),
                "{lines:?}"
            );
        }
        assert_ne!(value("foo", &["1,2"], true), value("foo", &["2,1"], true));
        assert_ne!(value("foo", &["a"], true), value("foo", &["A"], true));
        assert_ne!(
            value("foo", &[r#""1, 2""#], true),
            value("foo", &[r#""1,2""#], true)
        );
        let unknown = |line| value("foo", &[line], false);
        assert_ne!(unknown("1,2"), unknown("1, 2"));
        assert_ne!(unknown("1"), unknown("1,"));
        let known = |line| value("accept-encoding", &[line], false);
        assert_eq!(known("gzip,br"), known("gzip, BR"));
    }

    #[test]
    fn single_values_are_compared_byte_by_byte() {
        for name in ["cookie", "user-agent", "authorization"] {
            let of = |lines: &[&str]| value(name, lines, true);
            assert_ne!(of(&["a, b"]), of(&["a,b"]), "{name}");
            assert_ne!(of(&["a", "b"]), of(&["ab"]), "{name}");
            assert_ne!(of(&["a", "b"]), of(&["a,b"]), "{name}");
        }
    }

    #[test]
    fn languages() {
        let of = |line: &str, negotiates| value("accept-language", &[line], negotiates);
        assert_eq!(of("EN, De", false), of("en,de", false));
        assert_ne!(of("en,de", false), of("de,en", false));
        assert_eq!(of("en,de", true), of("de,en", true));
        assert_eq!(of("de;q=0.5, en", true), of("en,de;q=0.5", true));
        assert_ne!(of("de;q=0.5, en", true), of("en;q=0.5, de", true));
    }

    #[test]
    fn the_best_language() {
        let best = |line: &str| {
            let line = HeaderValue::from_str(line).unwrap();
            let headers = [(ACCEPT_LANGUAGE, line)].into_iter().collect();
            preferred_language(&headers).map(|best| String::from_utf8(best).unwrap())
        };
        assert_eq!(best("fr;q=0.5, DE;q=1.0").as_deref(), Some("de"));
        assert_eq!(best("en, de"), None);
        assert_eq!(best("en;q=0"), None);
        assert_eq!(best("en;q=x, de;q=0.1").as_deref(), Some("de"));
    }
}
