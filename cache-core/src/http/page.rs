//! A page: the static part of a handler under `#[cache_page]`.

use std::time::Duration;

use http::HeaderName;
use http::header::{AUTHORIZATION, COOKIE};
use once_cell::sync::OnceCell;

use super::audience::Audience;
use super::frame::Frame;
use super::key::{Keying, RequestKey, Target};
use super::path;
use super::query;
use super::refusal::Bypass;
use super::request::RequestView;
use super::vary::Varied;
use crate::context::{self, Dependencies};
use crate::error::Invalidated;
use crate::far::CACHE;
use crate::generation::Generation;
use crate::key::Tag;
use crate::load::Behind;
use crate::marks::marks;
use crate::name::Name;
use crate::site::{Instance, Site};
use crate::sync::OnDrop;

/// How long answers are kept where neither the page nor its cache says.
const DEFAULT_TTL: Duration = Duration::from_secs(300);

/// A page and its rules.
#[derive(Debug)]
pub struct Page {
    site: &'static Site,
    vary_headers: &'static [&'static str],
    vary_cookies: &'static [&'static str],
    vary_cookie_header: bool,
    query: Option<&'static [&'static str]>,
    guarded: bool,
    pub(crate) revalidate: bool,
    keying: OnceCell<Keying>,
}

impl Page {
    /// A page that is keyed by its URL and host.
    pub const fn new(site: &'static Site) -> Self {
        Self {
            site,
            vary_headers: &[],
            vary_cookies: &[],
            vary_cookie_header: false,
            query: None,
            guarded: false,
            revalidate: false,
            keying: OnceCell::new(),
        }
    }

    /// Keys on these headers as well; their names are in lower case.
    #[must_use]
    pub const fn vary_headers(mut self, names: &'static [&'static str]) -> Self {
        self.vary_headers = names;
        self
    }

    /// Keys on these cookies as well.
    #[must_use]
    pub const fn vary_cookies(mut self, names: &'static [&'static str]) -> Self {
        self.vary_cookies = names;
        self
    }

    /// Keys on the whole `Cookie` header as well.
    #[must_use]
    pub const fn vary_cookie_header(mut self) -> Self {
        self.vary_cookie_header = true;
        self
    }

    /// Keys on these parameters of the query alone.
    #[must_use]
    pub const fn query(mut self, names: &'static [&'static str]) -> Self {
        self.query = Some(names);
        self
    }

    /// An extractor admits every request, hits too: answers are for one visitor as far as other caches are concerned.
    #[must_use]
    pub const fn guarded(mut self) -> Self {
        self.guarded = true;
        self
    }

    /// Something may invalidate answers, so that browsers must ask again.
    #[must_use]
    pub const fn revalidate(mut self) -> Self {
        self.revalidate = true;
        self
    }

    /// The site of the page.
    pub fn site(&self) -> &'static Site {
        self.site
    }

    /// What the page is keyed by.
    pub(crate) fn keying(&self) -> &Keying {
        self.keying.get_or_init(|| {
            let cookie = self.vary_cookie_header.then_some(COOKIE);
            // A name that is none is in no request either: the handler does not see it.
            let named = self
                .vary_headers
                .iter()
                .filter_map(|name| HeaderName::from_bytes(name.as_bytes()).ok());
            let mut headers = Vec::new();
            for name in named.chain(cookie) {
                if !headers.contains(&name) {
                    headers.push(name);
                }
            }
            Keying {
                varied: Varied {
                    headers,
                    cookies: self.vary_cookies,
                },
                query: self.query,
            }
        })
    }

    pub(crate) fn varied(&self) -> &Varied {
        &self.keying().varied
    }

    /// Whether `key = "…"` stands in the place of path and query.
    pub(crate) fn is_named(&self) -> bool {
        self.site.info().key.is_some()
    }

    /// Whether an answer is for one visitor; `personal` says so of its key.
    pub(crate) fn is_private(&self, personal: bool) -> bool {
        self.guarded || personal
    }

    /// Whom an answer is for; `personal` says that its key is one visitor's.
    pub(crate) fn audience(&self, personal: bool) -> Audience {
        if self.is_private(personal) {
            Audience::Admitted
        } else if self.varied().tells_visitors_apart() {
            Audience::OneVisitor
        } else {
            Audience::Anybody
        }
    }

    /// Whether something that the page accounts for reads the request's credentials.
    pub(crate) fn reads_credentials(&self, personal: bool) -> bool {
        self.is_private(personal) || self.varied().headers.contains(&AUTHORIZATION)
    }

    /// The key of a request under this page.
    pub(crate) fn key(
        &self,
        request: &RequestView<'_>,
        target: Target<'_>,
    ) -> Result<RequestKey, Bypass> {
        self.keying().key(request, target)
    }

    /// How long an answer is kept where the page does not say.
    pub(crate) fn default_ttl(&self) -> Duration {
        self.site.cache().ttl().unwrap_or(DEFAULT_TTL)
    }

    /// What invalidates the answer under this key: its path, and its path with its query.
    pub(crate) fn names(&self, key: &RequestKey) -> Box<[Name]> {
        let own = self.site.own_name();
        if let Some((path, query)) = Keying::path_of(key) {
            return Box::new([
                own,
                CACHE,
                self.path_name(path),
                self.query_name(path, query),
            ]);
        }
        self.site.cache().note_page_under_key();
        let named = Keying::name_of(key).map(|name| Name::of("key", name));
        [own, CACHE].into_iter().chain(named).collect()
    }

    /// The store behind the answers of one instance of the page.
    pub(crate) fn behind(&self, instance: Instance) -> Option<Behind<'static, Box<[u8]>>> {
        let cache = self.site.cache();
        Some(Behind {
            far: cache.far()?,
            near_ttl: cache.near_ttl(),
            kind: || &Frame,
            site: Some(instance.own_name()),
            key: |key| key,
            apart: true,
        })
    }

    /// The name of all answers of a path.
    fn path_name(&self, path: &str) -> Name {
        let mut text = self.site.own_name().to_bytes().to_vec();
        path::write_path(path, &mut text);
        Name::of("path", &text)
    }

    /// The name of the answers of a path with a query, or without one.
    fn query_name(&self, path: &str, query: Option<&str>) -> Name {
        let mut text = self.site.own_name().to_bytes().to_vec();
        path::write_path(path, &mut text);
        path::write_pairs(query, &mut text);
        Name::of("path with query", &text)
    }
}

/// Forgets a page's answers for a path, on every host and in every variant: with `?` those of that query, without it those of every
/// query. A path is what a client asks for, before any nesting of routers and any rewriting; all spellings of it are one path.
pub async fn invalidate_path(page: &'static Page, path: &str) -> Invalidated {
    let name = match path::split(path) {
        (path, None) => page.path_name(path),
        (path, Some(query)) => {
            let query = query::canonical(Some(query), page.query);
            page.query_name(path, query.as_deref())
        }
    };
    forget(page, name).await
}

/// Forgets what carries a name.
pub(crate) async fn forget(page: &'static Page, name: Name) -> Invalidated {
    let cache = page.site.cache();
    let _marked = OnDrop(|| marks().mark(marks().slot(cache.scope(), name)));
    match cache.far() {
        Some(far) => far.forget(&[name]).await.into(),
        None => Ok(()).into(),
    }
}

/// Adds tags to the answer that is being loaded, before the handler begins. Outside of a load there is no answer to keep, and
/// nothing to do.
pub async fn tags(page: &'static Page, tags: impl IntoIterator<Item = Tag>) {
    if !context::is_loading() {
        return;
    }
    let names: Vec<Name> = tags.into_iter().map(|tag| tag.name()).collect();
    let cache = page.site.cache();
    let scope = cache.scope();
    let slots = names.iter().map(|name| marks().slot(scope, *name));
    let generation = Generation::new(marks().now(), 0, slots.collect());
    // Trouble with the store is counted there; an answer whose stamps nobody knows does not go to it.
    let stamped = match cache.far() {
        Some(far) => match far.stamps(&names).await {
            Ok(stamps) => stamps.stamped(&names),
            Err(_counted) => None,
        },
        None => None,
    };
    context::depend(&Dependencies::of(
        &generation,
        generation.epoch(),
        stamped.as_deref(),
        scope,
    ));
}
