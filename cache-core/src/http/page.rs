//! A page: the static part of a handler under `#[cache_page]`.

use std::time::Duration;

use once_cell::sync::OnceCell;

use super::key::query;
use super::key::{Keying, RequestKey};
use super::request::RequestView;
use super::rules::{PageOptions, PageRules, PageVerify};
use super::url_names;
use crate::context::{self, Deps};
use crate::error::Invalidated;
use crate::key::Tag;
use crate::marks::{Slot, marks};
use crate::name::{CACHE, Name};
use crate::site::Site;
use crate::verify::{self, WantedHits};
use crate::why::{CallSite, InvalidatedKind};

/// How long answers are kept where neither the page nor its cache says.
const DEFAULT_TTL: Duration = Duration::from_secs(300);

/// A handler under `#[cache_page]`: its site, and what the attribute says of it.
#[derive(Debug)]
pub struct Page {
    site: &'static Site,
    options: PageOptions,
    rules: OnceCell<PageRules>,
}

impl Page {
    /// A page with these options.
    pub const fn new(site: &'static Site, options: PageOptions) -> Self {
        Self {
            site,
            options,
            rules: OnceCell::new(),
        }
    }

    /// The site of the page.
    pub fn site(&self) -> &'static Site {
        self.site
    }

    /// Whether a hit is verified.
    pub(crate) fn verifies(&self) -> Option<WantedHits> {
        match self.options.verify {
            PageVerify::InTests if cfg!(debug_assertions) => verify::wanted(self.site, None),
            PageVerify::Part(part) => verify::wanted(self.site, Some(part)),
            PageVerify::InTests | PageVerify::Never => None,
        }
    }

    pub(crate) fn rules(&self) -> &PageRules {
        let is_named = || self.site.info().key.is_some();
        self.rules
            .get_or_init(|| PageRules::new(&self.options, is_named()))
    }

    /// How many of its pages are rendered again after an invalidation.
    pub(super) fn warm(&self) -> usize {
        self.options.warm
    }

    /// How long answers are kept where the page does not say.
    pub(crate) fn default_ttl(&self) -> Duration {
        self.site.cache().ttl().unwrap_or(DEFAULT_TTL)
    }

    /// What invalidates the answer under this key: its path, and its path with its query.
    pub(super) fn names(&self, key: &RequestKey) -> Box<[Name]> {
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

    /// What invalidates the answer to a request that is not looked up, by its own key `name` or by its target.
    pub(crate) fn names_of_bypassed(
        &self,
        request: &RequestView<'_>,
        name: Option<&[u8]>,
    ) -> Vec<Name> {
        let mut names = vec![self.site.own_name(), CACHE];
        if let Some(name) = name {
            names.push(Name::of("key", name));
            return names;
        }
        let path = request.original.path();
        let query = query::canonical(request.original.query(), self.options.query);
        names.extend([
            self.path_name(path),
            self.query_name(path, query.as_deref()),
        ]);
        names
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
    forget(page, name, (InvalidatedKind::Path, path.as_bytes())).await
}

/// Forgets what carries a name.
pub(crate) async fn forget(
    page: &'static Page,
    name: Name,
    (kind, label): (InvalidatedKind, &[u8]),
) -> Invalidated {
    let label = (kind, label, CallSite::default());
    let cache = page.site.cache();
    cache.forget_names(&[name], label, |_| {}).await.into()
}

/// Adds tags to the answer that is being loaded, before the handler begins: those that follow from arguments which only a load
/// extracts. Outside of a load there is no answer to keep, and nothing to do.
pub async fn tags(page: &'static Page, tags: impl IntoIterator<Item = Tag>) {
    if context::is_loading() {
        depend_on(page, tags.into_iter().map(|tag| tag.name()).collect()).await;
    }
}

/// Has the load that encloses this call depend on these names of a page, as of now.
pub(crate) async fn depend_on(page: &'static Page, names: Vec<Name>) {
    let cache = page.site.cache();
    let scope = cache.scope();
    let slots = names.iter().map(|name| marks().slot(scope, *name));
    let (slots, epoch): (Vec<Slot>, u64) = (slots.collect(), marks().now());
    // Trouble with the store is counted there; an answer whose stamps nobody knows does not go to it.
    let stamped = match cache.far() {
        Some(far) => match far.stamps(&names).await {
            Ok(stamps) => stamps.stamped(&names),
            Err(_counted) => None,
        },
        None => None,
    };
    context::depend(&Deps::of(&slots, epoch, stamped.as_deref(), scope).named(names));
}
