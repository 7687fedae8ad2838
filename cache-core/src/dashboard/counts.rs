//! What was counted in some time.

use serde_json::{Map, Value, json};

use super::json::{seconds, with_fields};
use crate::stats::Stats;

/// The counts of some time, in which a load took as long as `mean` on average in all.
pub(super) fn counts(stats: &Stats, mean: f64) -> Map<String, Value> {
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    let saved = mean * stats.hits as f64;
    let mut reasons: Map<_, _> = stats
        .missed
        .iter()
        .map(|(reason, misses)| (reason.as_str().to_owned(), json!(misses)))
        .collect();
    if stats.bypassed > 0 {
        reasons.insert("bypassed".to_owned(), json!(stats.bypassed));
    }
    let counts = json!({
        "hits": stats.hits,
        "store_hits": stats.store_hits,
        "stale_hits": stats.stale_hits,
        "misses": stats.misses + stats.bypassed,
        "coalesced": stats.coalesced,
        "loads": stats.loads,
        "errors": stats.errors,
        "refreshes": stats.refreshes,
        "wasted": stats.wasted_refreshes,
        "evictions": stats.evictions,
        "load_s": seconds(stats.load_times.total),
        "saved_s": saved,
    });
    with_fields(counts, [("reasons", Value::Object(reasons))])
}
