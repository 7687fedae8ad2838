//! Facts about an annotated function that are known at compile time.

/// The kind of an annotated function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// A function under `#[cached]`.
    Function,
    /// A handler under `#[cache_page]`.
    Page,
    /// A function under `#[invalidates]`.
    Invalidates,
    /// A function under `#[cache_put]`.
    Put,
}

/// A name that a function under `#[invalidates]` makes stale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// The kind of the name.
    pub what: Named,
    /// Its template, with the holes as they were written: `post:{post.slug}`.
    pub template: &'static str,
}

/// The kinds of names that an entry can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Named {
    /// Its key.
    Key,
    /// A tag that it carries.
    Tag,
    /// The namespace that it is in.
    Namespace,
}

/// Facts about an annotated function that are known at compile time.
#[derive(Clone, Copy, Debug)]
pub struct SiteInfo {
    /// Its path.
    pub name: &'static str,
    /// The source file.
    pub file: &'static str,
    /// The line of the attribute.
    pub line: u32,
    /// The kind of function.
    pub kind: Kind,
    /// The key's template, if one was given.
    pub key: Option<&'static str>,
    /// The source text of everything beside the key that decides what a value means, who may see it and what makes it stale: the
    /// arguments, `key`, `namespace`, `tags`, `guard`, `skip`, `condition`, `unless`, `query` and the names in `#[vary_on]`. Builds
    /// that differ in it share no entries in a store.
    pub terms: &'static str,
    /// The ttl as it was written, if one was.
    pub ttl: Option<&'static str>,
    /// The templates of its tags, as they were written.
    pub tags: &'static [&'static str],
    /// Whether it computes tags, or keys to invalidate, from its values.
    pub tags_from_value: bool,
    /// The template of its namespace, if one was given.
    pub namespace: Option<&'static str>,
    /// The names that it makes stale.
    pub invalidates: &'static [Pattern],
    /// The alias of the cache, if one was given.
    pub cache: Option<&'static str>,
    /// Whether its values are in a shared cache.
    pub shared: bool,
    /// Its `capacity`, if one was given; `usize::MAX` for `unbounded`.
    pub capacity: Option<usize>,
    /// The version of its values.
    pub version: u32,
}

impl SiteInfo {
    /// The name of its cache.
    pub(crate) fn alias(&self) -> &'static str {
        self.cache.unwrap_or("default")
    }

    /// Whether what it invalidates reaches the entries of another: without a `cache` that goes to every cache, and a function that keeps
    /// its values for itself is reached from each.
    pub(crate) fn reaches(&self, other: &Self) -> bool {
        self.cache.is_none() || !other.shared || self.alias() == other.alias()
    }
}
