//! The page that Prometheus reads.

use std::time::Duration;

use axum::handler::Handler;
use axum::http::header::CONTENT_TYPE;
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder};

/// Upper ends of the buckets of load durations, in seconds. Without buckets the exporter writes quantiles, which cannot be added up
/// over processes, and which `histogram_quantile` does not take.
const BUCKETS: [f64; 13] = [
    0.000_1, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0,
];

/// How often durations are put into their buckets: until then each is kept, and nobody may be scraping.
const UPKEEP: Duration = Duration::from_secs(5);

/// Installs the exporter, and returns the handler of its page.
///
/// # Errors
///
/// If a recorder was installed before.
pub fn exporter() -> Result<impl Handler<((),), ()>, BuildError> {
    let durations = Matcher::Full("cache.load.duration".to_owned());
    let exporter = PrometheusBuilder::new()
        .set_buckets_for_metric(durations, &BUCKETS)?
        .install_recorder()?;
    let kept = exporter.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(UPKEEP).await;
            kept.run_upkeep();
        }
    });
    Ok(async move || {
        // The caches count for themselves, and hand over their sums when they are asked.
        cache_core::metrics::publish();
        let kind = [(CONTENT_TYPE, "text/plain; version=0.0.4")];
        (kind, exporter.render())
    })
}
