//! The rules of a page as a value: what its answers are keyed by, whom they are for, and what other caches are told.

use http::header::{AUTHORIZATION, COOKIE};
use http::{HeaderMap, HeaderName};

use super::audience::Audience;
use super::cache_status::{CacheStatus, Miss};
use super::choice::HeaderChoice;
use super::key::{KeyTarget, Keying, RequestKey, cookies};
use super::refusal::Bypass;
use super::request::RequestView;
use super::vary::{Varied, no_vary_search};

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
    other_cookies: OtherCookies,
}

/// What a page says of itself.
#[derive(Clone, Copy, Debug)]
pub struct PageOptions {
    /// Headers that are keyed as well, by their names in lower case.
    pub vary_headers: &'static [&'static str],
    /// What is chosen by a header and keyed in its place.
    pub choices: &'static [HeaderChoice],
    /// Cookies that are keyed as well.
    pub vary_cookies: &'static [&'static str],
    /// Whether the whole `Cookie` header is keyed.
    pub vary_cookie_header: bool,
    /// The only parameters of the query that count, where the page names them.
    pub query: Option<&'static [&'static str]>,
    /// Whether an extractor admits every request, hits too: answers are for one visitor as far as other caches are concerned.
    pub guarded: bool,
    /// Whether something may invalidate answers, so that browsers must ask again.
    pub revalidate: bool,
    /// How many of its pages, those asked for most, are rendered again after an invalidation.
    pub warm: usize,
    /// What becomes of requests with cookies that are not keyed.
    pub other_cookies: OtherCookies,
    /// Which of its hits are verified.
    pub verify: PageVerify,
}

/// Which hits of a page are verified.
#[derive(Clone, Copy, Debug)]
pub enum PageVerify {
    /// Those of tests that ask for it.
    InTests,
    /// This part of them, and those of tests.
    Part(f64),
    /// None.
    Never,
}

/// What becomes of requests with cookies that are not keyed.
#[derive(Clone, Copy, Debug)]
pub enum OtherCookies {
    /// They are looked up, and the page does not see those cookies.
    Hidden,
    /// They are not looked up, unless all those cookies are among these.
    Pass {
        /// Cookies that change no answer.
        but: &'static [&'static str],
    },
}

impl PageOptions {
    /// Keyed by URL and host, for everybody.
    pub const PLAIN: Self = Self {
        vary_headers: &[],
        choices: &[],
        vary_cookies: &[],
        vary_cookie_header: false,
        query: None,
        guarded: false,
        revalidate: false,
        warm: 0,
        other_cookies: OtherCookies::Hidden,
        verify: PageVerify::InTests,
    };
}

impl PageRules {
    pub(crate) fn new(options: &PageOptions, is_named: bool) -> Self {
        let cookie = options.vary_cookie_header.then_some(COOKIE);
        // A name that is not a header name is in no request either: the handler does not see it.
        let names = options.vary_headers.iter();
        let names = names.filter_map(|name| HeaderName::from_bytes(name.as_bytes()).ok());
        let mut headers = Vec::new();
        let chosen_by = options.choices.iter().map(|choice| choice.header());
        for name in names.chain(chosen_by).chain(cookie) {
            if !headers.contains(&name) {
                headers.push(name);
            }
        }
        let varied = Varied {
            headers,
            choices: options.choices,
            cookies: options.vary_cookies,
            passes_others: matches!(options.other_cookies, OtherCookies::Pass { .. }),
            no_vary_search: options.query.filter(|_| !is_named).and_then(no_vary_search),
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
            other_cookies: options.other_cookies,
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

    /// The key under which a request is looked up; `personal` says that it is one visitor's.
    ///
    /// # Errors
    ///
    /// The reason why it is not looked up.
    pub(crate) fn key(
        &self,
        request: &RequestView<'_>,
        target: Result<KeyTarget<'_>, Bypass>,
        personal: bool,
    ) -> Result<RequestKey, Bypass> {
        request.may_look_up(personal || self.reads_credentials)?;
        if let OtherCookies::Pass { but } = self.other_cookies
            && request.headers.has_cookies
            && self.has_others(request.headers.all, but)
        {
            return Err(Bypass::Cookie);
        }
        self.keying.key(request, target?)
    }

    /// Whether a request has cookies that are neither keyed nor among these.
    fn has_others(&self, headers: &HeaderMap, but: &[&str]) -> bool {
        let Varied {
            headers: keyed,
            cookies,
            ..
        } = self.varied();
        if keyed.contains(&COOKIE) {
            return false;
        }
        let is_known = |name: &[u8]| {
            let known = cookies.iter().chain(but);
            known.into_iter().any(|known| known.as_bytes() == name)
        };
        cookies::names(headers).any(|name| !is_known(name))
    }

    /// Says in an answer that is not from the cache what its page varies on, and what the cache did.
    pub(super) fn tell(&self, headers: &mut HeaderMap, status: CacheStatus) {
        self.varied().merge(headers);
        status.tell(headers);
    }

    /// What is missing when no entry has the key of a request.
    pub(crate) fn miss(&self) -> Miss {
        if self.varies() {
            Miss::Variant
        } else {
            Miss::Uri
        }
    }

    /// Whether a target may have several variants.
    pub(crate) fn varies(&self) -> bool {
        let Varied {
            headers, cookies, ..
        } = self.varied();
        !headers.is_empty() || !cookies.is_empty()
    }
}
