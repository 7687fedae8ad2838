//! Keys made by hand, from a name and the parameters of a request.
//!
//! ```
//! use cache_core::{Key, keys};
//!
//! let (category, archived) = (Some("rust"), None::<bool>);
//! let key: Key = keys::paginated("posts", 2, 10)
//!     .filter("category", category)
//!     .filter("archived", archived)
//!     .into();
//! assert_eq!(key, Key::from("paginated:posts:2:10:category=rust"));
//! ```
//!
//! Two that differ in their kind, their name or a value always give different keys: characters with a meaning in a key are
//! escaped, as in [`key!`](macro@crate::key). A number and the text that spells it are the same value.

use crate::key::{CacheKey, Key};

pub use self::shorten::shorten;

mod shorten;
#[cfg(test)]
mod tests;

/// Returns the key of a view; say with [`with`](ViewKey::with) what it shows.
pub fn view(name: &str) -> ViewKey {
    ViewKey::new("view", name)
}

/// Returns the key of a view that differs from user to user. It never equals that of a [`view`], whatever their names and
/// parameters.
///
/// The view of no user (`None`) has a key of its own.
pub fn user_view(name: &str, user_id: impl CacheKey) -> ViewKey {
    ViewKey::new("user_view", name).then(&user_id)
}

/// Returns the key of a page of a list; say with [`filter`](ViewKey::filter) which list.
pub fn paginated(name: &str, page: impl CacheKey, per_page: impl CacheKey) -> ViewKey {
    ViewKey::new("paginated", name).then(&page).then(&per_page)
}

/// A key under construction. Parameters and filters may be added in any order: they are sorted by name.
///
/// If a name is given twice, both values are in the key, in that order, because only the view knows which one counts.
#[derive(Clone, Debug)]
#[must_use = "it becomes a key by `into()`, or where a key is asked for"]
pub struct ViewKey {
    head: Key,
    /// The names, each with the text that it adds to the key.
    named: Vec<(String, Key)>,
}

impl ViewKey {
    fn new(kind: &str, name: &str) -> Self {
        let mut head = Key::from(kind);
        head.literal(":");
        head.item(name);
        let named = Vec::new();
        Self { head, named }
    }

    fn then(mut self, value: &impl CacheKey) -> Self {
        self.head.literal(":");
        self.head.item(value);
        self
    }

    /// Adds a parameter. `None` is a value too, and differs from no parameter of this name.
    pub fn with(mut self, name: &str, value: impl CacheKey) -> Self {
        let mut written = Key::from(":");
        written.item(name);
        written.literal("=");
        written.item(&value);
        self.named.push((name.to_owned(), written));
        self
    }

    /// Adds a filter, unless it is `None`, which leaves the key as it is. `0`, `false` and `""` are values.
    pub fn filter(self, name: &str, value: impl CacheKey) -> Self {
        let mut written = Key::new();
        written.item(&value);
        // The text of `None`, which no other value has.
        if written == Key::from("%-") {
            self
        } else {
            self.with(name, value)
        }
    }
}

impl From<ViewKey> for Key {
    fn from(mut view: ViewKey) -> Self {
        view.named.sort_by(|(left, _), (right, _)| left.cmp(right));
        let mut key = view.head;
        for (_, written) in &view.named {
            key.literal(&written.to_string());
        }
        key
    }
}

impl From<&ViewKey> for Key {
    fn from(view: &ViewKey) -> Self {
        view.clone().into()
    }
}
