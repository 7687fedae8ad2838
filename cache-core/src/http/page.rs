//! A page: the static part of a handler under `#[cache_page]`.

use std::time::Duration;

use once_cell::sync::OnceCell;

use super::key::query;
use super::key::{Keying, RequestKey};
use super::rules::{PageOptions, PageRules};
use super::stored::encoding::PageFormat;
use super::url_names;
use crate::context::{self, Deps};
use crate::error::Invalidated;
use crate::far::CACHE;
use crate::generation::Generation;
use crate::key::Tag;
use crate::load::Backing;
use crate::marks::marks;
use crate::name::Name;
use crate::near::Asker;
use crate::site::{Instance, Site};
use crate::sync::OnDrop;

/// How long answers are kept where neither the page nor its cache says.
const DEFAULT_TTL: Duration = Duration::from_secs(300);

/// A handler under `#[cache_page]`: its site, and what the attribute says of it.
#[derive(Debug)]
pub struct Page {
    site: &'static Site,
    options: PageOptions,
    rules: OnceCell<PageRules>,
}

/// Where the answer to a request is kept, for a miss.
pub(crate) struct PageHome {
    pub(super) asker: Asker,
    /// What invalidates the answer.
    pub(super) names: Box<[Name]>,
    pub(super) store: Option<Backing<'static, Box<[u8]>>>,
    /// How long the answer is kept where the page does not say.
    pub(super) default_ttl: Duration,
}

impl Page {
    /// A page that is keyed by its URL and host.
    pub const fn new(site: &'static Site) -> Self {
        Self {
            site,
            options: PageOptions::PLAIN,
            rules: OnceCell::new(),
        }
    }

    /// Keys on these headers as well; their names are in lower case.
    #[must_use]
    pub const fn vary_headers(mut self, names: &'static [&'static str]) -> Self {
        self.options.vary_headers = names;
        self
    }

    /// Keys on these cookies as well.
    #[must_use]
    pub const fn vary_cookies(mut self, names: &'static [&'static str]) -> Self {
        self.options.vary_cookies = names;
        self
    }

    /// Keys on the whole `Cookie` header as well.
    #[must_use]
    pub const fn vary_cookie_header(mut self) -> Self {
        self.options.vary_cookie_header = true;
        self
    }

    /// Keys on these parameters of the query alone.
    #[must_use]
    pub const fn query(mut self, names: &'static [&'static str]) -> Self {
        self.options.query = Some(names);
        self
    }

    /// An extractor admits every request, hits too: answers are for one visitor as far as other caches are concerned.
    #[must_use]
    pub const fn guarded(mut self) -> Self {
        self.options.guarded = true;
        self
    }

    /// Something may invalidate answers, so that browsers must ask again.
    #[must_use]
    pub const fn revalidate(mut self) -> Self {
        self.options.revalidate = true;
        self
    }

    /// The site of the page.
    pub fn site(&self) -> &'static Site {
        self.site
    }

    pub(crate) fn rules(&self) -> &PageRules {
        let is_named = || self.site.info().key.is_some();
        self.rules
            .get_or_init(|| PageRules::new(&self.options, is_named()))
    }

    /// Where one instance of the page keeps the answer under this key.
    pub(crate) fn home(&self, instance: Instance, key: &RequestKey) -> PageHome {
        let cache = self.site.cache();
        PageHome {
            asker: Asker {
                origin: instance.origin(),
                wants: None,
            },
            names: self.names(key),
            store: cache.far().map(|far| Backing::<Box<[u8]>> {
                far,
                near_ttl: cache.near_ttl(),
                format: || &PageFormat,
                site: Some(instance.own_name()),
                key: |key| key,
                has_own_keys: true,
            }),
            default_ttl: cache.ttl().unwrap_or(DEFAULT_TTL),
        }
    }

    /// What invalidates the answer under this key: its path, and its path with its query.
    fn names(&self, key: &RequestKey) -> Box<[Name]> {
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

    /// The name of all answers of a path.
    fn path_name(&self, path: &str) -> Name {
        let mut text = self.site.own_name().to_bytes().to_vec();
        url_names::write_path(path, &mut text);
        Name::of("path", &text)
    }

    /// The name of the answers of a path with a query, or without one.
    fn query_name(&self, path: &str, query: Option<&str>) -> Name {
        let mut text = self.site.own_name().to_bytes().to_vec();
        url_names::write_path(path, &mut text);
        url_names::write_pairs(query, &mut text);
        Name::of("path with query", &text)
    }
}

/// Forgets a page's answers for a path, on every host and in every variant: with `?` those of that query, without it those of every
/// query. A path is what a client asks for, before any nesting of routers and any rewriting; all spellings of it are one path.
pub async fn invalidate_path(page: &'static Page, path: &str) -> Invalidated {
    let name = match url_names::split(path) {
        (path, None) => page.path_name(path),
        (path, Some(query)) => {
            let query = query::canonical(Some(query), page.options.query);
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
    context::depend(&Deps::of(
        &generation,
        generation.epoch(),
        stamped.as_deref(),
        scope,
    ));
}
