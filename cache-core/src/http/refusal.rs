//! Why a request is not looked up, and why an answer is not kept.

use std::fmt;

/// Why a request goes past the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bypass {
    /// A method other than `GET` and `HEAD`.
    Method,
    /// The request has a body.
    Body,
    /// The request has credentials that nothing in the page's key or guard reads.
    Authorization,
    /// The request has cookies that the layer does not account for.
    Cookie,
    /// The request's host is missing twice over, malformed, or not the one of its target.
    Host,
    /// The connection is to be used for another protocol.
    Upgrade,
    /// The target is no path.
    Target,
    /// The key would be longer than a key may be.
    KeyTooLong,
    /// The page's `condition` says so.
    Condition,
    /// An extractor of the key or the guard has answered.
    Rejected,
}

/// Why an answer is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// An extractor answered in place of the handler.
    Rejected,
    /// The handler's `Err`.
    Failed,
    /// The page's `unless` says so.
    Unless,
    /// A status outside the table.
    Status,
    SetCookie,
    ClearSiteData,
    /// A header field with a token against forged requests.
    CsrfToken,
    /// A `Content-Security-Policy` with a nonce.
    CspNonce,
    Private,
    NoStore,
    NoCache,
    /// A `Cache-Control` that cannot be read.
    CacheControl,
    /// `Vary: *`.
    VaryAny,
    /// A `Vary` that names what the key does not hold.
    Vary,
    /// The answer says that it is stale already, or its time to live is nothing.
    Stale,
    /// The body goes on for as long as its client listens.
    BodyEndless,
    BodyTooLarge,
    /// The body had not ended in time, and nobody had a use for its parts.
    BodyTooSlow,
    /// The body failed, or is not as long as it said, or ends in trailers.
    BodyBroken,
    /// What it depends on was invalidated while it was made.
    Invalidated,
    /// Something stale, or a fallback, has gone into it.
    MadeOfStale,
    /// Nothing served when the request had waited for as long as the page says.
    TimedOut,
    /// Answers of this request were not kept a moment ago, or the one that it waited for failed.
    Alone,
}

impl Bypass {
    /// The reason as `Cache-Status` shows it.
    pub(crate) const fn detail(self) -> &'static str {
        match self {
            Self::Method => "method",
            Self::Body => "request-body",
            Self::Authorization => "authorization",
            Self::Cookie => "cookie",
            Self::Host => "host",
            Self::Upgrade => "upgrade",
            Self::Target => "target",
            Self::KeyTooLong => "key-too-long",
            Self::Condition => "condition",
            Self::Rejected => "rejected",
        }
    }
}

impl Refusal {
    /// The reason as `Cache-Status` shows it.
    pub(crate) const fn detail(self) -> &'static str {
        match self {
            Self::Rejected => "rejected",
            Self::Failed => "error",
            Self::Unless => "unless",
            Self::Status => "status",
            Self::SetCookie => "set-cookie",
            Self::ClearSiteData => "clear-site-data",
            Self::CsrfToken => "csrf-token",
            Self::CspNonce => "csp-nonce",
            Self::Private => "private",
            Self::NoStore => "no-store",
            Self::NoCache => "no-cache",
            Self::CacheControl => "cache-control",
            Self::VaryAny => "vary-any",
            Self::Vary => "vary",
            Self::Stale => "stale",
            Self::BodyEndless => "body-endless",
            Self::BodyTooLarge => "body-too-large",
            Self::BodyTooSlow => "body-too-slow",
            Self::BodyBroken => "body-broken",
            Self::Invalidated => "invalidated",
            Self::MadeOfStale => "made-of-stale",
            Self::TimedOut => "timeout",
            Self::Alone => "not-collapsed",
        }
    }
}

impl fmt::Display for Bypass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.detail())
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.detail())
    }
}

#[cfg(test)]
mod tests {
    /// The documentation of what a page keeps, with its tables of reasons.
    const DOCS: &str = include_str!("../docs/what_a_page_keeps.md");

    /// What stands between backquotes in the first column of the table under this head.
    fn table(head: &str) -> Vec<&'static str> {
        let (_, rows) = DOCS.split_once(head).expect("a table");
        let rows = rows
            .lines()
            .skip(1)
            .take_while(|line| line.starts_with('|'));
        let cells = rows.filter_map(|row| row.split('|').nth(1));
        cells
            .flat_map(|cell| cell.split('`').skip(1).step_by(2))
            .collect()
    }

    /// The texts of one `detail`, as they stand in this file.
    fn details(of: &str) -> Vec<&'static str> {
        let (_, code) = include_str!("refusal.rs")
            .split_once(&format!("impl {of} {{"))
            .expect("an impl");
        let arms = code.lines().take_while(|line| *line != "}");
        arms.filter_map(|line| line.split("=> \"").nth(1)?.split('"').next())
            .collect()
    }

    #[test]
    fn every_reason_is_documented_with_what_to_do_about_it() {
        for (of, head, apart) in [
            ("Bypass", "| `detail` of a bypass |", "method"),
            ("Refusal", "| `detail` of a miss |", ""),
        ] {
            let mut expected = details(of);
            expected.retain(|detail| *detail != apart);
            assert!(expected.len() > 5, "{expected:?}");
            let mut found = table(head);
            expected.sort_unstable();
            found.sort_unstable();
            assert_eq!(expected, found, "{of}");
        }
    }

    #[test]
    fn every_form_of_cache_status_is_documented() {
        let code = include_str!("cache_status.rs");
        let (code, _) = code.split_once("#[cfg(test)]").expect("tests");
        let forms = code.split("\"cache-core; ").skip(1);
        let forms: Vec<_> = forms.filter_map(|form| form.split('"').next()).collect();
        assert!(forms.len() > 4, "{forms:?}");
        let documented = table("| `Cache-Status` |");
        for form in forms {
            let form = form.replace("ttl={}", "ttl=-…");
            let forwarded = |miss: &str| form.replace("{}", miss).replace("{miss}", miss);
            for form in [forwarded("uri-miss"), forwarded("miss")] {
                let form = form.replace("{reason}", "…");
                let form = form
                    .strip_suffix("ttl=")
                    .map_or(form.clone(), |hit| format!("{hit}ttl=…"));
                assert!(documented.contains(&form.as_str()), "{form}");
            }
        }
    }
}
