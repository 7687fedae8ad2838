//! What another capacity would bring.

use cache_core::cached;
use cache_core::dashboard::Dashboard;
use serde_json::Value;

use crate::support::{json, mounted, site};

#[tokio::test]
async fn the_curve_of_an_unbounded_site_is_drawn_around_what_it_keeps() {
    #[cached(local, capacity = unbounded)]
    fn endless(n: u64) -> u64 {
        n
    }
    let app = mounted(Dashboard::new());
    endless(0);
    // The look begins a study.
    json(&app, "overview").await;
    for n in 0..40_000 {
        endless(n % 1_000);
    }
    let shown = site(&app, "curves::endless").await;
    let detail = json(&app, &format!("site/{}", shown["id"])).await;
    let curve = &detail["curve"];
    assert_eq!(curve["now"]["entries"], Value::Null, "{curve}");
    let points: Vec<_> = curve["by_entries"].as_array().unwrap().iter().collect();
    let entries: Vec<_> = points
        .iter()
        .map(|at| at["entries"].as_u64().unwrap())
        .collect();
    assert!(
        entries.contains(&1_000) && entries.iter().all(|most| *most <= 8_000),
        "{entries:?}"
    );
    let ratio = |at: &Value| at["hit_ratio"].as_f64().unwrap();
    assert!(
        ratio(points[0]) < 0.5 && ratio(points[points.len() - 1]) > 0.9,
        "{curve}"
    );
}
