//! A piece of a page, or another text that is put together from parts.

use std::future::ready;
use std::time::Duration;

use super::invalidate::pending_in;
use super::{Cache, PendingInvalidation};
use crate::error::Result as CacheResult;
use crate::invalidation::Invalidation;
use crate::key::{CacheKey, Key, Tag};
use crate::name::Name;
use crate::ttl::IntoTtl;
use crate::value::SharedValue;
use crate::wait::block_on;

/// A fragment that is rendered once and kept: [`Cache::fragment`] returns it.
#[derive(Clone, Debug)]
#[must_use = "a fragment does nothing until `render`"]
pub struct Fragment {
    cache: Cache,
    key: Key,
    ttl: Option<Duration>,
    tags: Vec<Name>,
}

impl Cache {
    /// Returns the fragment of this name: a rendered piece that several pages show. Say with [`with`](Fragment::with) on what it
    /// depends.
    ///
    /// The name and the parts are its key, whichever template or function renders it. A page or function that renders it depends
    /// on its tags, and on those of the cached calls inside it. With a store behind the cache, the fragment is there too.
    ///
    /// ```
    /// # async fn example(cache: cache_core::Cache, user: u64) -> Result<(), std::fmt::Error> {
    /// let sidebar: String = cache
    ///     .fragment("sidebar")
    ///     .with(user)
    ///     .ttl("5m")
    ///     .tags(["posts"])
    ///     .render(|| Ok::<_, std::fmt::Error>(format!("<nav>{user}</nav>")))
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn fragment(&self, name: &str) -> Fragment {
        Fragment::new(self, "fragment:", name)
    }

    /// Returns the fragment of this name of templates that escape in this mode: what is safe in one is not in another, nor in
    /// [`fragment`](Self::fragment).
    #[cfg(feature = "minijinja")]
    pub(crate) fn fragment_escaped(&self, mode: &str, name: &str) -> Fragment {
        Fragment::new(self, "template:", mode).with(name)
    }
}

impl Fragment {
    fn new(cache: &Cache, kind: &str, name: &str) -> Self {
        let mut key = Key::from(kind);
        key.item(name);
        Self {
            cache: cache.clone(),
            key,
            ttl: cache.ttl(),
            tags: Vec::new(),
        }
    }

    /// Adds something that the fragment depends on to its key. Parts never run into each other, their order counts, and `None` is
    /// neither the empty text nor the text `None`. A number and the text that spells it are the same part.
    pub fn with(mut self, part: impl CacheKey) -> Self {
        self.key.literal(":");
        self.key.item(&part);
        self
    }

    /// Sets how long it is kept; by default, for the ttl of the cache. `Duration::MAX` is for ever.
    ///
    /// # Panics
    ///
    /// If the text is not a duration.
    pub fn ttl(mut self, ttl: impl IntoTtl) -> Self {
        self.ttl = Some(ttl.into_ttl());
        self
    }

    /// Adds tags by which it can be invalidated, and with it what was made of it.
    pub fn tags(mut self, tags: impl IntoIterator<Item = impl Into<Tag>>) -> Self {
        self.tags
            .extend(tags.into_iter().map(|tag| tag.into().name()));
        self
    }

    /// Returns the kept fragment, or what `render` returns. Concurrent calls share one rendering; see [`Cache::get_or_set`].
    ///
    /// It is found only as the type that it was kept as.
    ///
    /// # Errors
    ///
    /// Those of `render`; nothing is kept then.
    pub async fn render<T: SharedValue, E>(
        self,
        render: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        self.render_async(|| ready(render())).await
    }

    /// [`render`](Self::render) for what must wait, such as for the rows that it shows: on a hit, nothing is asked for them.
    ///
    /// ```
    /// # async fn titles() -> Result<Vec<String>, std::io::Error> { Ok(Vec::new()) }
    /// # async fn example(cache: cache_core::Cache) -> Result<(), std::io::Error> {
    /// let recent: String = cache
    ///     .fragment("recent")
    ///     .render_async(|| async { Ok::<_, std::io::Error>(titles().await?.join(", ")) })
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of `render`; nothing is kept then.
    pub async fn render_async<T, E, F>(self, render: impl FnOnce() -> F) -> Result<T, E>
    where
        T: SharedValue,
        F: Future<Output = Result<T, E>>,
    {
        let tags = self.tags.into();
        self.cache
            .get_or_load(self.key, self.ttl, tags, render)
            .await
    }

    /// Forgets this fragment: this one alone, and not those of its name with other parts, nor what was made of it. A tag reaches
    /// all of them.
    ///
    /// # Errors
    ///
    /// Those of [`Cache::invalidate_tag`].
    #[track_caller]
    pub fn invalidate(self) -> PendingInvalidation<'static> {
        let mut stale = Invalidation::new();
        stale.key(self.key);
        pending_in(vec![self.cache], stale)
    }

    /// [`render`](Self::render) on this thread.
    pub(crate) fn render_blocking<T: SharedValue, E>(
        self,
        render: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        block_on(self.render(render))
    }
}

/// A [`Fragment`] for code that is not async: [`Blocking::fragment`](super::Blocking::fragment) returns it.
#[derive(Clone, Debug)]
#[must_use = "a fragment does nothing until `render`"]
pub struct BlockingFragment(pub(super) Fragment);

impl BlockingFragment {
    /// [`Fragment::with`].
    pub fn with(self, part: impl CacheKey) -> Self {
        Self(self.0.with(part))
    }

    /// [`Fragment::ttl`].
    ///
    /// # Panics
    ///
    /// If the text is not a duration.
    pub fn ttl(self, ttl: impl IntoTtl) -> Self {
        Self(self.0.ttl(ttl))
    }

    /// [`Fragment::tags`].
    pub fn tags(self, tags: impl IntoIterator<Item = impl Into<Tag>>) -> Self {
        Self(self.0.tags(tags))
    }

    /// [`Fragment::render`].
    ///
    /// # Errors
    ///
    /// Those of `render`; nothing is kept then.
    pub fn render<T: SharedValue, E>(self, render: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        self.0.render_blocking(render)
    }

    /// [`Fragment::invalidate`].
    ///
    /// # Errors
    ///
    /// Those of [`Cache::invalidate_tag`].
    pub fn invalidate(self) -> CacheResult<()> {
        block_on(self.0.invalidate())
    }
}
