//! Foreign attributes, lints, visibility, hints and handles.

#![deny(warnings, missing_docs, unreachable_pub, unused_qualifications, clippy::all, clippy::pedantic)]
#![forbid(unsafe_code)]

/// A module.
pub mod shop {
    use cache_core::cached;

    /// A type.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Item;

    /// Looks an item up.
    #[cached]
    #[must_use]
    #[inline]
    #[allow(clippy::needless_pass_by_value)]
    pub fn item(id: u64, name: String) -> Option<Item> {
        let _ = (id, name);
        Some(Item)
    }

    #[cached]
    #[expect(clippy::ptr_arg, reason = "a test")]
    pub(crate) fn inner(name: &String) -> usize {
        name.len()
    }

    #[cached(handle = super_cache)]
    pub(super) fn mod_beside(n: u8) -> u8 {
        n
    }

    pub(super) mod mod_beside {}

    #[cached(handle = false)]
    pub(super) fn without(n: u8) -> u8 {
        n
    }

    pub(super) mod without {}

    #[cached]
    #[cfg(any())]
    pub fn absent() -> Missing {}

    #[cached]
    #[cfg(all())]
    pub(super) fn r#match(r#type: u8) -> u8 {
        r#type
    }
}

fn main() {
    assert_eq!(shop::item(1, String::new()), Some(shop::Item));
    assert_eq!(shop::item::peek(&1, &String::new()), Some(Some(shop::Item)));
    assert_eq!(shop::inner(&"ab".to_owned()), 2);
    assert_eq!((shop::mod_beside(1), shop::super_cache::peek(&1)), (1, Some(1)));
    assert_eq!(shop::without(1), 1);
    assert_eq!((shop::r#match(1), shop::r#match::peek(&1)), (1, Some(1)));
}
