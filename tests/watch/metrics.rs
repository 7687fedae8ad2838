//! What goes out through the facade of the crate `metrics`.

use std::collections::BTreeSet;

use cache_core::{Cache, Caches, MemoryStore, cached, testing};
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};

/// All that a snapshot has: the name and labels of each, and its value.
fn shown(snapshotter: &Snapshotter) -> Vec<(String, String, f64)> {
    let values = snapshotter.snapshot().into_vec().into_iter();
    let number = |value: DebugValue| match value {
        DebugValue::Counter(count) => count as f64,
        DebugValue::Gauge(value) => value.into_inner(),
        DebugValue::Histogram(values) => values.len() as f64,
    };
    values
        .map(|(key, _, _, value)| {
            let labels: BTreeSet<_> = key
                .key()
                .labels()
                .map(|label| format!("{}={}", label.key(), label.value()))
                .collect();
            let labels = labels.into_iter().collect::<Vec<_>>().join(" ");
            (key.key().name().to_owned(), labels, number(value))
        })
        .collect()
}

#[tokio::test]
async fn counters_go_out_with_few_labels() {
    #[cached(key = "metrics:{n}")]
    fn measured(n: u64) -> Result<u64, String> {
        if n == 9 { Err("no".to_owned()) } else { Ok(n) }
    }
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let _installed = metrics::set_default_local_recorder(&recorder);
    let store = Cache::builder()
        .near(10)
        .store(MemoryStore::bounded(100, 1 << 20))
        .build();
    testing::scope(Caches::new().with("default", store), async {
        for n in 0..100 {
            let _ = measured(n % 10);
        }
        cache_core::metrics::publish();
    })
    .await;
    let all = shown(&snapshotter);
    let of = |name: &str, label: &str| {
        let found = all.iter().filter(|(found, labels, _)| {
            found == name && labels.contains("measured") && labels.contains(label)
        });
        found.map(|(_, _, value)| *value).sum::<f64>()
    };
    assert_eq!(of("cache.requests", "cache.result=hit"), 81.0);
    assert_eq!(of("cache.requests", "cache.result=miss"), 19.0);
    assert_eq!(of("cache.misses", "cache.reason=never-seen"), 10.0);
    assert_eq!(of("cache.misses", "cache.reason=failed"), 9.0);
    assert_eq!(of("cache.loads", "cache.result=error"), 10.0);
    assert_eq!(of("cache.loads", "cache.result=ok"), 9.0);
    assert_eq!(of("cache.load.duration", ""), 19.0);
    let stores: Vec<_> = all
        .iter()
        .filter(|(name, ..)| name == "cache.store.calls")
        .collect();
    assert!(
        stores
            .iter()
            .any(|(_, labels, count)| labels.contains("cache.result=write") && *count >= 9.0)
    );
    // No label holds a key: what each may have is known beforehand.
    let labels: BTreeSet<_> = all
        .iter()
        .flat_map(|(_, labels, _)| {
            labels
                .split(' ')
                .filter_map(|label| label.split('=').next())
        })
        .filter(|name| !name.is_empty())
        .collect();
    let known = [
        "cache.name",
        "cache.reason",
        "cache.result",
        "cache.site",
        "cache.tier",
        "quantile",
    ];
    assert!(
        labels.iter().all(|label| known.contains(label)),
        "{labels:?}"
    );
    assert!(
        all.iter()
            .all(|(_, labels, _)| !labels.contains("metrics:1"))
    );
}
