//! Cached fragments in the templates of [minijinja](https://docs.rs/minijinja/3) (feature `minijinja`).
//!
//! [`add_to`] gives an environment the function `cached`, for call blocks: its body is rendered once and kept.
//!
//! ```
//! use cache_core::minijinja::add_to;
//! use minijinja::{Environment, context};
//!
//! let mut env = Environment::new();
//! add_to(&mut env);
//! env.add_template(
//!     "page.html",
//!     r#"<h1>{{ title }}</h1>
//!     {% call cached("sidebar", lang, ttl="10m", tags=["posts"]) %}<nav>{{ title }}</nav>{% endcall %}"#,
//! )?;
//! let page = env.get_template("page.html")?;
//! let first = page.render(context! { title => "One", lang => "en" })?;
//! assert!(first.contains("<nav>One</nav>"));
//! // Kept: what the body shows and the fragment does not name is that of the first page.
//! let second = page.render(context! { title => "Two", lang => "en" })?;
//! assert!(second.contains("<h1>Two</h1>") && second.contains("<nav>One</nav>"));
//! # Ok::<(), minijinja::Error>(())
//! ```
//!
//! # The key
//!
//! The name and the values after it are the key, whatever the file of the template: **name each value that the body shows or
//! looks at**, in one order, and use a name for one body. Values may be none, booleans, numbers, texts and lists of them; of
//! an object, name a field, such as `user.id`. An undefined value is an error, as its fragment would be that of all whose value
//! is missing: write `user.id|default(none)` where it may be. What is escaped for HTML is never shown in a template that
//! escapes otherwise: the mode is in the key, too.
//!
//! # Options
//!
//! | option | what it says |
//! |---|---|
//! | `ttl="10m"`, `ttl=600` | how long it is kept, as a text or in seconds; `none` is for ever; by default, the ttl of the cache |
//! | `tags=["posts"]` | tags by which it can be invalidated; one may stand without a list |
//! | `cache="pages"` | the named cache to use; by default, `default` |
//!
//! # What holds
//!
//! Concurrent renderings of a fragment share one. An error in the body is returned, and nothing is kept. A page or function whose
//! template shows a fragment depends on its tags, and on those of the cached functions that the body calls: it is stale with them.
//!
//! Templates are rendered on their thread, which waits for the store, and for another rendering of the same fragment, as a
//! cached function that is not async does: a thread of its own drives the store, so that this ends also on the only thread of a
//! runtime. Where a worker must not wait, render the fragment beforehand with
//! [`Fragment::render_async`](crate::Fragment::render_async), and pass its text.

use minijinja::value::{Kwargs, Rest};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, State, Value};

use crate::cache::{Cache, Fragment};
use crate::caches::{cache, caches};

use self::arguments::{key_of, tags_of, ttl_of};

mod arguments;

/// Gives an environment the function `cached`, for the call blocks of its templates; see the [module](self).
pub fn add_to(env: &mut Environment<'_>) {
    env.add_function("cached", cached);
}

/// `{% call cached("sidebar", user.id, ttl="10m", tags=["posts"]) %}…{% endcall %}`
#[expect(
    clippy::needless_pass_by_value,
    reason = "the signature that minijinja calls"
)]
fn cached(
    state: &mut State<'_, '_>,
    name: &str,
    parts: Rest<Value>,
    options: Kwargs,
) -> Result<Value, Error> {
    let body = options.get::<Option<Value>>("caller")?.ok_or_else(|| {
        let advice = "`cached` is for call blocks: {% call cached(\"name\") %}…{% endcall %}";
        Error::new(ErrorKind::MissingArgument, advice)
    })?;
    let mode = state.auto_escape().clone();
    let cache = cache_of(&options)?;
    let fragment = cache.fragment_escaped(&format!("{mode:?}"), name);
    let fragment = with_parts(fragment, name, &parts)?;
    let fragment = with_options(fragment, name, &options)?;
    options.assert_all_used()?;

    let text: String = fragment.render_blocking(|| {
        let text = body.call(state, &[])?;
        Ok::<_, Error>(text.to_string())
    })?;
    // As of macros: what was escaped in the body is not escaped again around it.
    Ok(match mode {
        AutoEscape::None => Value::from(text),
        _ => Value::from_safe_string(text),
    })
}

fn cache_of(options: &Kwargs) -> Result<Cache, Error> {
    let Some(name) = options.get::<Option<&str>>("cache")? else {
        return Ok(cache());
    };
    let found = caches().get(name).cloned();
    found.map_err(|error| Error::new(ErrorKind::InvalidOperation, error.to_string()))
}

fn with_parts(mut fragment: Fragment, name: &str, parts: &[Value]) -> Result<Fragment, Error> {
    for (index, part) in parts.iter().enumerate() {
        let key = key_of(part).map_err(|why| wrong(name, &format!("value {}", index + 1), why))?;
        fragment = fragment.with(key);
    }
    Ok(fragment)
}

fn with_options(mut fragment: Fragment, name: &str, options: &Kwargs) -> Result<Fragment, Error> {
    if options.has("ttl") {
        let ttl = options.get::<Value>("ttl")?;
        fragment = fragment.ttl(ttl_of(&ttl).map_err(|why| wrong(name, "`ttl`", why))?);
    }
    if options.has("tags") {
        let tags = options.get::<Value>("tags")?;
        fragment = fragment.tags(tags_of(&tags).map_err(|why| wrong(name, "`tags`", why))?);
    }
    Ok(fragment)
}

fn wrong(fragment: &str, argument: &str, why: &str) -> Error {
    let text = format!("{argument} of the fragment `{fragment}` {why}");
    Error::new(ErrorKind::InvalidOperation, text)
}
