//! The rules of a page as a value: what its answers are keyed by, whom they are for, and what other caches are told.

use http::HeaderName;
use http::header::{AUTHORIZATION, COOKIE};

use super::audience::Audience;
use super::cache_status::Miss;
use super::key::Keying;
use super::vary::Varied;

/// What an attribute or a layer says of a page, worked out once.
#[derive(Debug)]
pub(crate) struct PageRules {
    pub(crate) keying: Keying,
    /// Whether a key of the page's own stands in the place of path and query.
    pub(crate) is_named: bool,
    /// Whether something may invalidate answers, so that browsers must ask again.
    pub(crate) revalidates: bool,
    /// Whom an answer is for, as long as its key is not one visitor's.
    audience: Audience,
    /// Whether something that the page accounts for reads the request's credentials, even so.
    reads_credentials: bool,
}

/// What a page says of itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PageOptions {
    /// Names of headers, in lower case.
    pub(crate) vary_headers: &'static [&'static str],
    pub(crate) vary_cookies: &'static [&'static str],
    /// Whether the whole `Cookie` header is keyed.
    pub(crate) vary_cookie_header: bool,
    /// The only parameters of the query that count, where the page names them.
    pub(crate) query: Option<&'static [&'static str]>,
    /// Whether an extractor admits every request, hits too.
    pub(crate) guarded: bool,
    pub(crate) revalidate: bool,
}

impl PageOptions {
    /// Keyed by URL and host, for everybody.
    pub(crate) const PLAIN: Self = Self {
        vary_headers: &[],
        vary_cookies: &[],
        vary_cookie_header: false,
        query: None,
        guarded: false,
        revalidate: false,
    };
}

impl PageRules {
    pub(crate) fn new(options: &PageOptions, is_named: bool) -> Self {
        let cookie = options.vary_cookie_header.then_some(COOKIE);
        // A name that is not a header name is in no request either: the handler does not see it.
        let names = options.vary_headers.iter();
        let names = names.filter_map(|name| HeaderName::from_bytes(name.as_bytes()).ok());
        let mut headers = Vec::new();
        for name in names.chain(cookie) {
            if !headers.contains(&name) {
                headers.push(name);
            }
        }
        let varied = Varied {
            headers,
            cookies: options.vary_cookies,
        };
        let audience = if options.guarded {
            Audience::Admitted
        } else if varied.tells_visitors_apart() {
            Audience::OneVisitor
        } else {
            Audience::Anybody
        };
        Self {
            is_named,
            revalidates: options.revalidate,
            audience,
            reads_credentials: options.guarded || varied.headers.contains(&AUTHORIZATION),
            keying: Keying {
                varied,
                query: options.query,
            },
        }
    }

    pub(crate) fn varied(&self) -> &Varied {
        &self.keying.varied
    }

    /// Whom an answer is for; `personal` says that its key is one visitor's.
    pub(crate) fn audience(&self, personal: bool) -> Audience {
        if personal {
            Audience::Admitted
        } else {
            self.audience
        }
    }

    /// Whether something that the page accounts for reads the request's credentials.
    pub(crate) fn reads_credentials(&self, personal: bool) -> bool {
        personal || self.reads_credentials
    }

    /// What is missing when no entry has the key of a request.
    pub(crate) fn miss(&self) -> Miss {
        let Varied { headers, cookies } = self.varied();
        if headers.is_empty() && cookies.is_empty() {
            Miss::Uri
        } else {
            Miss::Variant
        }
    }
}
