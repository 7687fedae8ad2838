//! Values of JSON.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::stats::Timings;
use crate::why::{InvalidatedBy, Why};

pub(super) fn seconds(time: Duration) -> f64 {
    time.as_secs_f64()
}

/// This object with more fields. `json!` would copy each value that it is given, with all that is in it.
pub(super) fn with_fields<const N: usize>(
    object: Value,
    fields: [(&'static str, Value); N],
) -> Map<String, Value> {
    let mut object = match object {
        Value::Object(object) => object,
        _ => Map::new(),
    };
    for (name, value) in fields {
        object.insert(name.to_owned(), value);
    }
    object
}

/// `null` where nothing was timed.
pub(super) fn timings(times: &Timings) -> Value {
    if times.count == 0 {
        return Value::Null;
    }
    json!({
        "mean": seconds(times.mean()),
        "p50": seconds(times.median),
        "p95": seconds(times.p95),
        "max": seconds(times.longest),
    })
}

/// A miss of this key, so long ago.
pub(super) fn miss(ago: Duration, key: Option<&str>, why: &Why) -> Value {
    json!({
        "ago": seconds(ago),
        "key": key,
        "reason": why.reason.as_str(),
        "detail": why.detail,
        "by": why.invalidation.as_ref().map(invalidation),
    })
}

fn invalidation(by: &InvalidatedBy) -> Value {
    json!({
        "what": by.kind.as_str(),
        "name": by.name,
        "function": by.function,
        "file": by.file,
        "line": by.line,
        "ago": seconds(by.ago),
    })
}
