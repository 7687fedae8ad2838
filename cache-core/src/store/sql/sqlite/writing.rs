//! The text of a statement that writes.

use super::NOW;
use crate::store::When;

/// Writes those of `rows` rows whose condition is met, and gives back their keys.
pub(super) fn writing(table: &str, when: When, rows: usize) -> String {
    let new = vec!["(?, ?, ?, ?)"; rows].join(", ");
    let new = format!("WITH new (k, v, ttl, token) AS (VALUES {new})");
    if let When::Is(_) = when {
        return format!(
            "{new} UPDATE {table} SET cache_value = new.v, expires_at = {NOW} + new.ttl FROM new \
             WHERE cache_key = new.k AND substr(cache_value, 1, 16) = new.token \
             AND (expires_at IS NULL OR expires_at > {NOW}) RETURNING cache_key"
        );
    }
    let condition = match when {
        When::Absent => format!("WHERE expires_at <= {NOW}"),
        _ => String::new(),
    };
    // `WHERE true` tells the parser that `ON` begins no join.
    format!(
        "{new} INSERT INTO {table} (cache_key, cache_value, expires_at) SELECT k, v, {NOW} + ttl FROM new WHERE true \
         ON CONFLICT (cache_key) DO UPDATE SET cache_value = excluded.cache_value, \
         expires_at = excluded.expires_at {condition} RETURNING cache_key"
    )
}
