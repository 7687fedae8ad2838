//! What the early arguments say of the look-up.

use std::marker::PhantomData;

use super::arguments::inputs::PageInput;
use crate::key::Key;
use crate::policy::Staleness;

/// What a page looks up, once the arguments that decide it are extracted.
#[derive(Debug)]
pub struct PageLookup {
    name: Option<Key>,
    pub(crate) wanted: bool,
    pub(crate) staleness: Option<fn() -> Staleness>,
}

impl PageLookup {
    /// By the URL and the host.
    pub fn by_url() -> Self {
        Self {
            name: None,
            wanted: true,
            staleness: None,
        }
    }

    /// By a key in the place of path and query.
    pub fn by_key(key: Key) -> Self {
        Self {
            name: Some(key),
            ..Self::by_url()
        }
    }

    /// Uses the cache only if this holds.
    #[must_use]
    pub fn when(mut self, wanted: bool) -> Self {
        self.wanted &= wanted;
        self
    }

    /// Follows these rules about stale answers; a hit does not ask for them.
    #[must_use]
    pub fn staleness(mut self, rules: fn() -> Staleness) -> Self {
        self.staleness = Some(rules);
        self
    }

    /// What stands in the place of path and query, if anything does.
    pub(crate) fn name(&self) -> Option<&[u8]> {
        self.name.as_ref().map(Key::as_bytes)
    }
}

/// A type in a page's key, asked whether it says who the visitor is.
#[derive(Debug)]
pub struct KeyedType<T>(PhantomData<fn() -> T>);

impl<T> KeyedType<T> {
    /// The question about `T`.
    #[expect(
        clippy::new_without_default,
        reason = "one spelling is enough for generated code"
    )]
    pub fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T: PageInput> KeyedType<T> {
    /// What the URL and the host decide is anybody's.
    pub fn is_personal(&self) -> bool {
        false
    }
}

/// What nothing is known of may be a visitor.
pub trait KeyedTypePersonal {
    /// Always.
    fn is_personal(&self) -> bool;
}

impl<T> KeyedTypePersonal for KeyedType<T> {
    fn is_personal(&self) -> bool {
        true
    }
}

/// Whether a type in a page's key may say who the visitor is.
#[doc(hidden)]
#[macro_export]
macro_rules! __page_personal {
    ($type:ty) => {{
        #[allow(unused_imports)]
        use $crate::__private::page::KeyedTypePersonal as _;
        $crate::__private::page::KeyedType::<$type>::new().is_personal()
    }};
}
