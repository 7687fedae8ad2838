//! One entry of a cache, in this process.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::json::{miss, seconds};
use crate::cache::Cache;
use crate::clock;
use crate::entry::AnyEntry;
use crate::key::Key;

/// What is under a key in the memory of this process, with its value where that may be shown.
pub(super) fn entry(cache: &Cache, key: &Key, with_value: bool) -> Value {
    let why = cache.why(key);
    let why = miss(std::time::Duration::ZERO, None, &why);
    let Some(entry) = cache.nearby(key) else {
        return json!({"found": false, "why": why});
    };
    let (now, life) = (clock::now(), entry.life());
    json!({
        "found": true,
        "age": seconds(life.age(now)),
        "left": life.left(now).map(seconds),
        // That of a number or a truth would tell what a hidden value is.
        "size": size_of(&*entry).filter(|_| with_value || is_text(&*entry)),
        "value": with_value.then(|| text_of(&*entry)),
        "value_is_hidden": !with_value,
        "why": why,
    })
}

/// The length of the value as text, if it is of a type that is shown as one. No text is copied for it, so that it costs nothing to look
/// at a large value.
fn size_of(entry: &dyn AnyEntry) -> Option<usize> {
    let bytes = entry.value_as::<Vec<u8>>().map(Vec::len);
    bytes.or_else(|| text_of(entry).map(|text| text.len()))
}

/// Whether the value is text or bytes, the length of which says little of what they are.
fn is_text(entry: &dyn AnyEntry) -> bool {
    matches!(text_of(entry), Some(Cow::Borrowed(_))) || entry.value_as::<Vec<u8>>().is_some()
}

/// The value as text, if it is of a type that is shown as one.
fn text_of(entry: &dyn AnyEntry) -> Option<Cow<'_, str>> {
    macro_rules! text {
        ($($type:ty),*) => {
            $(if let Some(value) = entry.value_as::<$type>() {
                return Some(Cow::Borrowed(value));
            })*
        };
    }
    macro_rules! number {
        ($($type:ty),*) => {
            $(if let Some(value) = entry.value_as::<$type>() {
                return Some(Cow::Owned(value.to_string()));
            })*
        };
    }
    text!(String, Box<str>, std::sync::Arc<str>, &'static str);
    number!(
        char, bool, u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize, f32, f64
    );
    let bytes = entry.value_as::<Vec<u8>>()?;
    Some(String::from_utf8_lossy(bytes))
}
