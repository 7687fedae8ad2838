//! What a template says of a fragment, as keys, tags and times.

use std::time::Duration;

use minijinja::Value;
use minijinja::value::ValueKind;

use crate::key::{Key, Tag};
use crate::ttl::parse;

/// The key of a value on which a fragment depends, or why it cannot have one. A template's values have no fixed type, so the key
/// shows their kinds: `1`, `"1"` and `1.0` differ, as `none` and `"none"` do.
pub(super) fn key_of(value: &Value) -> Result<Key, &'static str> {
    let mut key = Key::new();
    match value.kind() {
        ValueKind::None | ValueKind::Bool | ValueKind::Number => {
            key.literal(&value.to_string());
        }
        ValueKind::String => {
            // A safe text is shown as it is, and another one is escaped.
            key.literal(if value.is_safe() { "safe'" } else { "'" });
            key.literal(value.as_str().unwrap_or_default());
        }
        ValueKind::Seq => {
            key.literal("[");
            let items = value.try_iter().map_err(|_| "cannot be read")?;
            for item in items {
                key.item(&key_of(&item)?);
                key.literal(",");
            }
        }
        ValueKind::Undefined => {
            return Err("is undefined: write `…|default(none)` if it may be missing");
        }
        _ => return Err("is not a plain value: name a field of it, such as `user.id`"),
    }
    Ok(key)
}

/// The tags of a text, or of a list of texts.
pub(super) fn tags_of(value: &Value) -> Result<Vec<Tag>, &'static str> {
    const WRONG: &str = "must be a text, or a list of texts";
    let tag = |value: &Value| value.as_str().map(Tag::from).ok_or(WRONG);
    if value.kind() != ValueKind::Seq {
        return Ok(vec![tag(value)?]);
    }
    let items = value.try_iter().map_err(|_| WRONG)?;
    items.map(|item| tag(&item)).collect()
}

/// A time as a text, in seconds, or none for ever.
pub(super) fn ttl_of(value: &Value) -> Result<Duration, &'static str> {
    let ttl = match value.kind() {
        ValueKind::None => Some(Duration::MAX),
        ValueKind::String => value.as_str().and_then(parse),
        ValueKind::Number => u64::try_from(value.clone()).ok().map(Duration::from_secs),
        _ => None,
    };
    ttl.ok_or("must be a time, such as \"10m\", a whole number of seconds, or none")
}
