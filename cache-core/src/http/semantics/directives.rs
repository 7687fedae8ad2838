//! `Cache-Control` of requests and responses (RFC 9111, section 5.2).

use http::header::{CACHE_CONTROL, PRAGMA};
use http::{HeaderMap, HeaderName};

use crate::http::members::quoted_members;

/// What a response says of its keeping (RFC 9111, section 5.2.2; RFC 5861). Times are in seconds; what is no number is zero, so that a
/// response with an unreadable life is stale.
///
/// A qualified `private="X"` or `no-cache="X"` counts as if it named no field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a directive of its own"
)]
pub(crate) struct ResponseDirectives {
    pub(crate) max_age: Option<u64>,
    pub(crate) s_maxage: Option<u64>,
    pub(crate) no_store: bool,
    pub(crate) no_cache: bool,
    pub(crate) private: bool,
    pub(crate) public: bool,
    pub(crate) must_revalidate: bool,
    pub(crate) proxy_revalidate: bool,
    pub(crate) must_understand: bool,
    pub(crate) stale_while_revalidate: Option<u64>,
    pub(crate) stale_if_error: Option<u64>,
    /// A line has a quote that does not end, or more between two commas than a directive: that may hide one.
    pub(crate) is_unreadable: bool,
}

impl ResponseDirectives {
    /// Reads all lines of `Cache-Control` as one list.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        Self::in_field(headers, &CACHE_CONTROL)
    }

    /// Reads all lines of a field that is written like `Cache-Control`. The least of a time that is given twice counts.
    pub(crate) fn in_field(headers: &HeaderMap, field: &HeaderName) -> Self {
        let mut found = Self::default();
        for line in headers.get_all(field) {
            let Some(members) = quoted_members(line.as_bytes()) else {
                found.is_unreadable = true;
                continue;
            };
            for (name, argument) in members.into_iter().map(directive) {
                found.is_unreadable |= hides_another(&name, argument);
                found.take(&name, argument);
            }
        }
        found
    }

    fn take(&mut self, name: &[u8], argument: &[u8]) {
        match name {
            b"max-age" => tighten(&mut self.max_age, argument),
            b"s-maxage" => tighten(&mut self.s_maxage, argument),
            b"stale-while-revalidate" => tighten(&mut self.stale_while_revalidate, argument),
            b"stale-if-error" => tighten(&mut self.stale_if_error, argument),
            b"no-store" => self.no_store = true,
            b"no-cache" => self.no_cache = true,
            b"private" => self.private = true,
            b"public" => self.public = true,
            b"must-revalidate" => self.must_revalidate = true,
            b"proxy-revalidate" => self.proxy_revalidate = true,
            b"must-understand" => self.must_understand = true,
            _ => {}
        }
    }
}

/// What a request says of stored responses (RFC 9111, section 5.2.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RequestDirectives {
    pub(crate) no_cache: bool,
    pub(crate) no_store: bool,
    pub(crate) only_if_cached: bool,
    pub(crate) max_age: Option<u64>,
    pub(crate) min_fresh: Option<u64>,
    /// How long past its life a response may be, at most; without a number any time.
    pub(crate) max_stale: Option<u64>,
}

impl RequestDirectives {
    /// Reads `Cache-Control`, or `Pragma: no-cache` where there is none (RFC 9111, section 5.4).
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let mut found = Self::default();
        if !headers.contains_key(CACHE_CONTROL) {
            let pragma = headers.get_all(PRAGMA).into_iter();
            let members = pragma.filter_map(|line| quoted_members(line.as_bytes()));
            found.no_cache = members
                .flatten()
                .any(|member| member.eq_ignore_ascii_case(b"no-cache"));
            return found;
        }
        let lines = headers.get_all(CACHE_CONTROL).into_iter();
        let members = lines.filter_map(|line| quoted_members(line.as_bytes()));
        for (name, argument) in members.flatten().map(directive) {
            found.take(&name, argument);
        }
        found
    }

    fn take(&mut self, name: &[u8], argument: &[u8]) {
        match name {
            b"no-cache" => self.no_cache = true,
            b"no-store" => self.no_store = true,
            b"only-if-cached" => self.only_if_cached = true,
            b"max-age" => tighten(&mut self.max_age, argument),
            // What is no number asks for nothing that a response could have.
            b"min-fresh" => {
                self.min_fresh = Some(value(argument).unwrap_or(u64::MAX));
            }
            b"max-stale" if argument.is_empty() => self.max_stale = Some(u64::MAX),
            b"max-stale" => tighten(&mut self.max_stale, argument),
            _ => {}
        }
    }
}

/// The name of a directive in lower case, and what follows it.
pub(crate) fn directive(member: &[u8]) -> (Vec<u8>, &[u8]) {
    let end = member.iter().position(|byte| !is_token(*byte));
    let (name, argument) = member.split_at(end.unwrap_or(member.len()));
    (name.to_ascii_lowercase(), argument)
}

/// Whether more stands between two commas than one directive: what was meant may be among it.
pub(crate) fn hides_another(name: &[u8], argument: &[u8]) -> bool {
    let is_whole = match argument {
        [] => true,
        [b'=', b'"', quoted @ ..] => ends_with_its_quote(quoted),
        [b'=', value @ ..] => !value.iter().any(|byte| b"; \t".contains(byte)),
        _ => false,
    };
    name.is_empty() || !is_whole
}

fn ends_with_its_quote(quoted: &[u8]) -> bool {
    let mut is_escaped = false;
    let end = quoted.iter().position(|byte| {
        let ends = *byte == b'"' && !is_escaped;
        is_escaped = *byte == b'\\' && !is_escaped;
        ends
    });
    end.is_some_and(|end| end + 1 == quoted.len())
}

/// Sets a time; the least of several counts, and what is no number is zero.
pub(crate) fn tighten(known: &mut Option<u64>, argument: &[u8]) {
    let seconds = value(argument).unwrap_or(0);
    *known = Some(known.map_or(seconds, |known| known.min(seconds)));
}

fn value(argument: &[u8]) -> Option<u64> {
    seconds(argument.strip_prefix(b"=")?)
}

/// Delta-seconds (RFC 9111, section 1.2.2), also between quotes; more than fits is as long as can be.
pub(crate) fn seconds(argument: &[u8]) -> Option<u64> {
    let digits = argument
        .strip_prefix(b"\"")
        .and_then(|rest| rest.strip_suffix(b"\""))
        .unwrap_or(argument);
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0u64, |sum, digit| {
        digit.is_ascii_digit().then(|| {
            sum.saturating_mul(10)
                .saturating_add(u64::from(digit - b'0'))
        })
    })
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn lines(name: &HeaderName, lines: &[&str]) -> HeaderMap {
        let lines = lines.iter();
        lines
            .map(|line| (name.clone(), HeaderValue::from_str(line).unwrap()))
            .collect()
    }

    fn response(all: &[&str]) -> ResponseDirectives {
        ResponseDirectives::of(&lines(&CACHE_CONTROL, all))
    }

    fn request(all: &[&str]) -> RequestDirectives {
        RequestDirectives::of(&lines(&CACHE_CONTROL, all))
    }

    #[test]
    fn directives_in_any_case_on_any_line() {
        let found = response(&["MaX-AgE=60, PUBLIC", "S-MaxAge=\"7\",must-revalidate"]);
        let expected = ResponseDirectives {
            max_age: Some(60),
            s_maxage: Some(7),
            public: true,
            must_revalidate: true,
            ..ResponseDirectives::default()
        };
        assert_eq!(found, expected);
        assert!(response(&["no-store", "PriVate"]).no_store);
        assert!(response(&["no-store", "PriVate"]).private);
        assert!(response(&[r#"private="set-cookie""#]).private);
        assert!(response(&[r#"no-cache="a, b", max-age=1"#]).no_cache);
        assert!(response(&["proxy-revalidate,must-understand"]).must_understand);
    }

    #[test]
    fn what_is_quoted_is_no_directive() {
        let found = response(&[r#"ext="max-age=100, no-store", max-age=1"#]);
        assert_eq!((found.max_age, found.no_store), (Some(1), false));
        assert!(response(&[r#"max-age=1, ext="no-store"#]).is_unreadable);
        for line in [
            "public no-store",
            "a; no-store",
            "\"no-store\"",
            "=1",
            "a=b no-store",
            "a=b; no-store",
            "a=\"b\" no-store",
            "a=\"b\"; no-store \"c\"",
            "a=\"b\\\\\" no-store",
        ] {
            assert!(response(&[line]).is_unreadable, "{line}");
        }
        for line in ["a=b, d=\"e; f\"", "a=\"\", b=", "a=\"b\\\"c\"", "a=b/c"] {
            assert!(!response(&[line]).is_unreadable, "{line}");
        }
    }

    #[test]
    fn numbers() {
        for (text, expected) in [
            ("max-age=0", 0),
            ("max-age=003600", 3600),
            ("max-age=2147483649", 2_147_483_649),
            ("max-age=99999999999999999999999", u64::MAX),
            ("max-age=-1", 0),
            ("max-age=3600.0", 0),
            ("max-age='3600'", 0),
            ("max-age=a100", 0),
            ("max-age=100a", 0),
            ("max-age =100", 0),
            ("max-age= 100", 0),
            ("max-age", 0),
            ("max-age=", 0),
            ("max-age=60, max-age=30", 30),
            ("max-age=30, max-age=60", 30),
        ] {
            assert_eq!(response(&[text]).max_age, Some(expected), "{text}");
        }
    }

    #[test]
    fn windows_of_rfc_5861() {
        let found = response(&["max-age=1, stale-while-revalidate=30, stale-if-error=60"]);
        assert_eq!(found.stale_while_revalidate, Some(30));
        assert_eq!(found.stale_if_error, Some(60));
    }

    #[test]
    fn requests() {
        let found = request(&["max-age=5, min-fresh=7", "max-stale, no-cache"]);
        assert_eq!((found.max_age, found.min_fresh), (Some(5), Some(7)));
        assert_eq!((found.max_stale, found.no_cache), (Some(u64::MAX), true));
        assert_eq!(request(&["max-stale=9"]).max_stale, Some(9));
        assert_eq!(request(&["max-stale=x"]).max_stale, Some(0));
        assert_eq!(request(&["min-fresh=x"]).min_fresh, Some(u64::MAX));
        assert!(request(&["No-Store, only-if-cached"]).only_if_cached);
    }

    #[test]
    fn pragma_counts_where_nothing_else_is_said() {
        let pragma = lines(&PRAGMA, &["x, No-Cache"]);
        assert!(RequestDirectives::of(&pragma).no_cache);
        let mut both = pragma;
        both.insert(CACHE_CONTROL, HeaderValue::from_static("max-age=1"));
        assert!(!RequestDirectives::of(&both).no_cache);
        let other = lines(&PRAGMA, &["no-cache-please"]);
        assert!(!RequestDirectives::of(&other).no_cache);
    }
}
