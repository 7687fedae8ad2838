//! Cached templates inside the templates of [askama](https://docs.rs/askama/0.16) (feature `askama`).

use std::fmt;

use askama::filters::HtmlSafe;
use askama::{FastWritable, NO_VALUES, Template, Values};

use crate::cache::Fragment;

/// A template of HTML that is rendered on a miss of its fragment only. In another template, `{{ sidebar }}` shows it.
///
/// ```
/// use askama::Template;
/// use cache_core::askama::CachedHtml;
///
/// #[derive(Template)]
/// #[template(ext = "html", source = "<nav>{{ title }}</nav>")]
/// struct Sidebar<'a> {
///     title: &'a str,
/// }
///
/// #[derive(Template)]
/// #[template(ext = "html", source = "<h1>{{ title }}</h1>{{ sidebar }}")]
/// struct Page<'a> {
///     title: &'a str,
///     sidebar: CachedHtml<Sidebar<'a>>,
/// }
///
/// let cache = cache_core::Cache::memory(100);
/// let page = |title| {
///     let fragment = cache.fragment("sidebar").with("en").ttl("10m").tags(["posts"]);
///     let sidebar = CachedHtml::new(fragment, Sidebar { title });
///     Page { title, sidebar }.render()
/// };
/// assert_eq!(page("One")?, "<h1>One</h1><nav>One</nav>");
/// // Kept: what the sidebar shows and the fragment does not name is that of the first page.
/// assert_eq!(page("Two")?, "<h1>Two</h1><nav>One</nav>");
/// # Ok::<(), askama::Error>(())
/// ```
///
/// The outer template does not escape it again, because the inner one has: **the inner one must escape for HTML**, as templates
/// of `.html` files do. Keep the text of another template with [`Fragment::render`].
///
/// Templates are rendered on their thread, which waits for the store, and for another rendering of the same fragment, as
/// [`Cache::blocking`](crate::Cache::blocking) does. If the rows that the inner template shows must be awaited, keep its text with
/// [`Fragment::render_async`], which asks for them on a miss only, and show it with `|safe`.
///
/// An error of the inner template is that of the outer one, and nothing is kept. The runtime values of the outer one are passed on to
/// the inner one on a miss; name in the fragment those that it shows.
#[derive(Clone, Debug)]
pub struct CachedHtml<T> {
    fragment: Fragment,
    template: T,
}

impl<T: Template> CachedHtml<T> {
    /// Returns a template that is rendered on a miss of this fragment only.
    pub fn new(fragment: Fragment, template: T) -> Self {
        Self { fragment, template }
    }

    fn text(&self, values: &dyn Values) -> askama::Result<String> {
        let fragment = self.fragment.clone();
        fragment.render_blocking(|| self.template.render_with_values(values))
    }
}

impl<T: Template> fmt::Display for CachedHtml<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.text(NO_VALUES).map_err(|_| fmt::Error)?;
        out.write_str(&text)
    }
}

impl<T: Template> FastWritable for CachedHtml<T> {
    fn write_into(&self, out: &mut dyn fmt::Write, values: &dyn Values) -> askama::Result<()> {
        out.write_str(&self.text(values)?)?;
        Ok(())
    }
}

/// The template has escaped it.
impl<T: Template> HtmlSafe for CachedHtml<T> {}
