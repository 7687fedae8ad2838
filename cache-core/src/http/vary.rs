//! What a page's key holds of the request's headers, and the `Vary` of its answers (RFC 9110, section 12.5.5).

use std::collections::HashSet;

use http::header::{COOKIE, HOST, VARY};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::choice::HeaderChoice;
use super::members::members;
use super::room::set;

/// The headers and cookies that `#[vary_on]` names.
#[derive(Debug, Default)]
pub(crate) struct Varied {
    /// Whole headers; `Cookie` among them when the whole of it is keyed.
    pub(crate) headers: Vec<HeaderName>,
    /// What is chosen by some of those headers: that is keyed in their place.
    pub(crate) choices: &'static [HeaderChoice],
    /// Cookies by name.
    pub(crate) cookies: &'static [&'static str],
    /// Whether requests with other cookies are not looked up: whether a request has any then is something that answers depend on.
    pub(crate) passes_others: bool,
    /// What is said of the parameters of the query that are not keyed.
    pub(crate) no_vary_search: Option<HeaderValue>,
}

/// What a response's own `Vary` asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ResponseVary<'a> {
    /// `*`, wherever it stands: nothing in a request tells two answers apart.
    Anything,
    /// A member that is no header name.
    Unreadable,
    /// Header names as they were written.
    Headers(Vec<&'a str>),
}

/// Reads every `Vary` line of a response as one list.
pub(crate) fn asked(headers: &HeaderMap) -> ResponseVary<'_> {
    let mut names = Vec::new();
    for member in members(headers, VARY) {
        match std::str::from_utf8(member) {
            Ok("*") => return ResponseVary::Anything,
            Ok(name) if HeaderName::from_bytes(member).is_ok() => names.push(name),
            _ => {
                return if contains_star(headers) {
                    ResponseVary::Anything
                } else {
                    ResponseVary::Unreadable
                };
            }
        }
    }
    ResponseVary::Headers(names)
}

fn contains_star(headers: &HeaderMap) -> bool {
    members(headers, VARY).any(|member| member == b"*")
}

impl Varied {
    /// Whether the key tells requests apart that differ in this header.
    ///
    /// The host always is in the key. Named cookies cover `Cookie`, because the handler sees no others.
    pub(crate) fn covers(&self, name: &str) -> bool {
        let is = |header: &HeaderName| header.as_str().eq_ignore_ascii_case(name);
        is(&HOST) || self.headers.iter().any(is) || (self.names_cookie() && is(&COOKIE))
    }

    /// What is keyed in the place of this header, if something is chosen by it.
    pub(crate) fn choice_by(&self, header: &HeaderName) -> Option<HeaderChoice> {
        let by_header = |choice: &&HeaderChoice| choice.header() == *header;
        self.choices.iter().find(by_header).copied()
    }

    /// Whether answers depend on some of the request's cookies.
    pub(crate) fn names_cookie(&self) -> bool {
        !self.cookies.is_empty() || self.passes_others
    }

    /// Adds the names of the key to the answer's `Vary`.
    pub(crate) fn merge(&self, headers: &mut HeaderMap) {
        let cookie = self.names_cookie().then_some(COOKIE.as_str());
        add(
            headers,
            self.headers.iter().map(HeaderName::as_str).chain(cookie),
        );
        if let Some(value) = &self.no_vary_search
            && !headers.contains_key(NO_VARY_SEARCH)
        {
            set(headers, NO_VARY_SEARCH, value.clone());
        }
    }
}

/// Tells browsers which parameters of a query change nothing, so that they use one answer for all.
const NO_VARY_SEARCH: HeaderName = HeaderName::from_static("no-vary-search");

/// The `No-Vary-Search` of answers that depend on these parameters alone, in any order; `None` where one has a name that a structured
/// field cannot hold (RFC 9651, section 3.3.3).
pub(crate) fn no_vary_search(query: &[&str]) -> Option<HeaderValue> {
    let is_plain = |byte: u8| (b' '..=b'~').contains(&byte) && byte != b'"' && byte != b'\\';
    if !query.iter().all(|name| name.bytes().all(is_plain)) {
        return None;
    }
    let names: Vec<String> = query.iter().map(|name| format!("\"{name}\"")).collect();
    let value = if names.is_empty() {
        "params".to_owned()
    } else {
        format!("key-order, params, except=({})", names.join(" "))
    };
    HeaderValue::try_from(value).ok()
}

/// Adds names to an answer's `Vary`, behind its own; `*` needs no more.
pub(crate) fn add<'a>(headers: &mut HeaderMap, names: impl Iterator<Item = &'a str>) {
    let ResponseVary::Headers(own) = asked(headers) else {
        return;
    };
    // A set, because a response may name as many as it likes.
    let mut known = HashSet::new();
    let own = own.into_iter().map(str::to_owned);
    let mut all: Vec<String> = own.chain(names.map(title_case)).collect();
    all.retain(|name| known.insert(name.to_ascii_lowercase()));
    if let Ok(value) = HeaderValue::try_from(all.join(", "))
        && !all.is_empty()
    {
        set(headers, VARY, value);
    }
}

/// `accept-language` as people write it.
fn title_case(name: &str) -> String {
    let mut upper = true;
    name.chars()
        .map(|letter| {
            let shown = if upper {
                letter.to_ascii_uppercase()
            } else {
                letter
            };
            upper = letter == '-';
            shown
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    fn lines(lines: &[&[u8]]) -> HeaderMap {
        lines
            .iter()
            .map(|line| (VARY, HeaderValue::from_bytes(line).unwrap()))
            .collect()
    }

    fn varied(headers: &[&'static str], cookies: &'static [&'static str]) -> Varied {
        Varied {
            headers: headers
                .iter()
                .map(|name| HeaderName::from_static(name))
                .collect(),
            cookies,
            ..Varied::default()
        }
    }

    #[test]
    fn a_star_anywhere_is_a_star() {
        let cases: [&[&[u8]]; 6] = [
            &[b"*"],
            &[b" * "],
            &[b"Accept, *"],
            &[b"Accept", b"*"],
            &[b"Accept,\t*\t,Cookie"],
            &[b"not a name, *"],
        ];
        for case in cases {
            assert_eq!(asked(&lines(case)), ResponseVary::Anything, "{case:?}");
        }
    }

    #[test]
    fn names_are_read_over_lines_spaces_and_tabs() {
        let cases: [&[&[u8]]; 4] = [
            &[b"Accept, cookie"],
            &[b"Accept", b"cookie"],
            &[b"\tAccept\t,\tcookie"],
            &[b", Accept,, cookie ,"],
        ];
        for case in cases {
            assert_eq!(
                asked(&lines(case)),
                ResponseVary::Headers(vec!["Accept", "cookie"]),
                "{case:?}"
            );
        }
        assert_eq!(asked(&lines(&[])), ResponseVary::Headers(vec![]));
        assert_eq!(asked(&lines(&[b"Accept Cookie"])), ResponseVary::Unreadable);
        assert_eq!(asked(&lines(&[b"\xff"])), ResponseVary::Unreadable);
    }

    #[test]
    fn the_key_covers_what_it_names() {
        let names = varied(&["accept-language"], &["theme"]);
        for (name, covered) in [
            ("Accept-Language", true),
            ("HOST", true),
            ("Cookie", true),
            ("Accept", false),
            ("accept-languages", false),
        ] {
            assert_eq!(names.covers(name), covered, "{name}");
        }
        assert!(!varied(&[], &[]).covers("cookie"));
    }

    #[test]
    fn the_answers_names_and_the_keys_are_merged_once() {
        let cases: [(&[&[u8]], &str); 4] = [
            (&[], "User-Agent, Cookie"),
            (&[b"user-agent"], "user-agent, Cookie"),
            (&[b"Cookie", b"USER-AGENT"], "Cookie, USER-AGENT"),
            (&[b"Host"], "Host, User-Agent, Cookie"),
        ];
        for (own, expected) in cases {
            let mut headers = lines(own);
            varied(&["user-agent"], &["theme"]).merge(&mut headers);
            assert_eq!(headers.get_all(VARY).iter().collect::<Vec<_>>(), [expected]);
        }
        let mut headers = HeaderMap::new();
        varied(&[], &[]).merge(&mut headers);
        assert!(headers.is_empty());
    }

    #[test]
    fn names_without_end_are_merged_in_one_pass() {
        let merged = |names: usize| {
            let own: Vec<String> = (0..names).map(|name| format!("x-{name}")).collect();
            let own = [own.join(", "), "X-1, x-2".to_owned()];
            let own: HeaderMap = own
                .iter()
                .map(|line| (VARY, HeaderValue::from_str(line).unwrap()))
                .collect();
            let times = (0..3).map(|_| {
                let mut headers = own.clone();
                let watch = clock::Stopwatch::of_real_time();
                add(&mut headers, ["accept"].into_iter());
                let took = watch.elapsed();
                assert_eq!(members(&headers, VARY).count(), names + 1);
                took
            });
            times.min().unwrap()
        };
        // In proportion it is 32; where each name is compared with all others, a thousand.
        let (few, many) = (merged(1_000), merged(32_000));
        assert!(many < few * 200, "{few:?}, {many:?}");
    }

    #[test]
    fn parameters_that_change_nothing_are_told_of() {
        let told = |query: &[&str]| no_vary_search(query);
        let expected = r#"key-order, params, except=("category" "page")"#;
        assert_eq!(told(&["category", "page"]).unwrap(), expected);
        assert_eq!(told(&[]).unwrap(), "params");
        assert_eq!(told(&["größe"]), None);
        assert_eq!(told(&["a\"b"]), None);
    }
}
