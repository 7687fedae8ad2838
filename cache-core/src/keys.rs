//! Keys made by hand, of a name and what was asked for.
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
//! Two that differ in their kind, their name or a value never give one key, whatever characters stand in them: what has a
//! meaning in a key is escaped, as in [`key!`](macro@crate::key). A number and the text that spells it are one value.

use crate::key::{CacheKey, Key};

pub use self::shorten::shorten;

mod shorten;
#[cfg(test)]
mod tests;

/// The key of a view, for [`with`](ViewKey::with) to say what it shows.
pub fn view(name: &str) -> ViewKey {
    ViewKey::new("view", name)
}

/// The key of a view that differs from user to user. It is never that of a [`view`], whatever its name and its parameters.
///
/// Nobody's view (`None`) is a view of its own.
pub fn user_view(name: &str, user_id: impl CacheKey) -> ViewKey {
    ViewKey::new("user_view", name).then(&user_id)
}

/// The key of a page of a list, for [`filter`](ViewKey::filter) to say which list.
pub fn paginated(name: &str, page: impl CacheKey, per_page: impl CacheKey) -> ViewKey {
    ViewKey::new("paginated", name).then(&page).then(&per_page)
}

/// A key in the making: parameters and filters may be added in any order, they are sorted by their names.
///
/// A name that is given twice stands for both values, in the order in which they were given: which of them decides what is
/// shown, only the view knows.
#[derive(Clone, Debug)]
#[must_use = "it becomes a key by `into()`, or where a key is asked for"]
pub struct ViewKey {
    head: Key,
    /// Names, each with all that it adds to the key.
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

    /// Adds a parameter. `None` is a value, and another one than no parameter of this name.
    pub fn with(mut self, name: &str, value: impl CacheKey) -> Self {
        let mut written = Key::from(":");
        written.item(name);
        written.literal("=");
        written.item(&value);
        self.named.push((name.to_owned(), written));
        self
    }

    /// Adds a filter, unless it is absent: `None` leaves the key as it is. `0`, `false` and `""` are values and stay.
    pub fn filter(self, name: &str, value: impl CacheKey) -> Self {
        let mut written = Key::new();
        written.item(&value);
        // The form of `None`, which nothing else writes.
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
