//! What is known of an annotated function at compile time.

/// What an annotated function is.
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

/// What a function under `#[invalidates]` makes stale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// What is named.
    pub what: Named,
    /// Its text, with the holes as they were written: `post:{post.slug}`.
    pub template: &'static str,
}

/// By what an entry can be named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Named {
    /// Its key.
    Key,
    /// A tag that it carries.
    Tag,
    /// The namespace in which it is.
    Namespace,
}

/// What is known of an annotated function at compile time.
#[derive(Clone, Copy, Debug)]
pub struct SiteInfo {
    /// Its path.
    pub name: &'static str,
    /// The source file.
    pub file: &'static str,
    /// The line of the attribute.
    pub line: u32,
    /// What the function is to the cache.
    pub kind: Kind,
    /// The key's template, if one was given.
    pub key: Option<&'static str>,
    /// What decides, beside the key's bytes, who may see a value, what those bytes mean and what makes it stale, as it was written:
    /// the arguments, `key`, `namespace`, `tags`, `guard`, `skip`, `condition`, `unless`, `query` and what `#[vary_on]` names. Builds that differ in it share no entries
    /// in a store.
    pub terms: &'static str,
    /// The ttl as it was written, if one was.
    pub ttl: Option<&'static str>,
    /// The templates of its entries' tags, as they were written.
    pub tags: &'static [&'static str],
    /// Whether there are tags, or keys to invalidate, that only its value knows.
    pub tags_from_value: bool,
    /// The template of its entries' namespace, if one was given.
    pub namespace: Option<&'static str>,
    /// What it makes stale.
    pub invalidates: &'static [Pattern],
    /// The alias of the cache, if one was given.
    pub cache: Option<&'static str>,
    /// Whether its values lie in a cache that others use as well.
    pub shared: bool,
    /// The most entries that it keeps for itself, if it says so; `usize::MAX` for `unbounded`.
    pub capacity: Option<usize>,
    /// The version of its values.
    pub version: u32,
}
