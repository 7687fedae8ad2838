//! A piece of a page, or another text that is put together from parts.

use std::time::Duration;

use super::Cache;
use crate::key::{CacheKey, Key};
use crate::ttl::IntoTtl;
use crate::value::SharedValue;

/// A fragment that is rendered once and kept: [`Cache::fragment`] returns it.
#[derive(Debug)]
#[must_use = "a fragment does nothing until `render`"]
pub struct Fragment<'c> {
    cache: &'c Cache,
    key: Key,
    ttl: Option<Duration>,
}

impl Cache {
    /// Returns the fragment of this name. Say with [`with`](Fragment::with) what it depends on.
    ///
    /// ```
    /// # async fn example(cache: cache_core::Cache, user: u64) -> Result<(), std::fmt::Error> {
    /// let sidebar = cache
    ///     .fragment("sidebar")
    ///     .with(user)
    ///     .ttl("5m")
    ///     .render(|| Ok::<_, std::fmt::Error>(format!("<nav>{user}</nav>")))
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn fragment(&self, name: &str) -> Fragment<'_> {
        let mut key = Key::new();
        key.literal("fragment:");
        key.part(name, ':');
        Fragment {
            cache: self,
            key,
            ttl: self.ttl(),
        }
    }
}

impl Fragment<'_> {
    /// Adds something that the fragment depends on to its key. Parts never run into each other, and `None` is not the empty text.
    pub fn with(mut self, part: impl CacheKey) -> Self {
        self.key.literal(":");
        self.key.part(&part, ':');
        self
    }

    /// Sets how long it is kept; by default, for the ttl of the cache.
    ///
    /// # Panics
    ///
    /// If the text is not a duration.
    pub fn ttl(mut self, ttl: impl IntoTtl) -> Self {
        self.ttl = Some(ttl.into_ttl());
        self
    }

    /// Returns the kept fragment, or what `render` returns. Concurrent calls share one rendering.
    ///
    /// # Errors
    ///
    /// Those of `render`.
    pub async fn render<T: SharedValue, E>(
        self,
        render: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        let ttl = self.ttl.unwrap_or(Duration::MAX);
        let load = || async { render() };
        self.cache.get_or_set(self.key, ttl, load).await
    }
}
