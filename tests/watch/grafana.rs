//! The dashboard for Grafana asks for what programs expose. Whether it shows something is tested in `screens`, with Prometheus.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use cache_tests::BOUND;
use cache_tests::example::Server;
use cache_tests::grafana::{Dashboard, text};

use super::promql::{Query, exposed};

/// Labels that Prometheus adds.
const OF_PROMETHEUS: [&str; 2] = ["job", "instance"];

#[test]
fn panels_have_ids_of_their_own_and_do_not_overlap() {
    let (mut ids, mut cells) = (BTreeSet::new(), BTreeSet::new());
    for panel in Dashboard::read().panels() {
        let (title, id) = (text(panel, "title"), panel["id"].as_u64().unwrap());
        assert!(ids.insert(id), "{title}: a second panel {id}");
        let place = ["x", "y", "w", "h"].map(|name| panel["gridPos"][name].as_u64().unwrap());
        let [x, y, width, height] = place;
        assert!(width > 0 && height > 0 && x + width <= 24, "{title}");
        for cell in (x..x + width).flat_map(|x| (y..y + height).map(move |y| (x, y))) {
            assert!(cells.insert(cell), "{title} lies on another panel");
        }
    }
}

#[test]
fn panels_take_the_data_source_that_was_chosen() {
    let dashboard = Dashboard::read();
    let (kind, name) = dashboard.source();
    assert_eq!(kind, "prometheus");
    let chosen = format!("${{{name}}}");
    for (panel, query) in dashboard.queries() {
        for asker in [panel, query] {
            assert_eq!(asker["datasource"]["uid"], *chosen, "{}", panel["title"]);
        }
    }
}

#[test]
fn legends_name_labels_that_their_query_keeps() {
    for (_, query) in Dashboard::read().queries() {
        let (legend, query) = (text(query, "legendFormat"), text(query, "expr"));
        let kept = Query::read(query).groups;
        let holes = legend.split("{{").skip(1);
        for label in holes.map(|hole| hole.split_once("}}").unwrap().0) {
            assert!(kept.contains(label), "{legend:?} of {query}");
        }
    }
}

#[test]
fn each_query_asks_for_what_a_program_exposes_and_nothing_is_left_out() {
    let dashboard = Dashboard::read();
    let of_panels = dashboard.queries();
    let mut queries: Vec<Query> = of_panels
        .map(|(_, query)| Query::read(text(query, "expr")))
        .collect();
    queries.extend(dashboard.variables().map(|variable| {
        let mut query = Query::read(variable.of);
        query.groups.insert(variable.label.to_owned());
        query
    }));
    let asked = queries.iter().flat_map(|query| &query.metrics);
    let asked: BTreeSet<String> = asked.map(|(metric, _)| metric.clone()).collect();
    let exposed = exposed_by_the_shop(&asked);

    let of_prometheus = BTreeSet::from(OF_PROMETHEUS.map(str::to_owned));
    for query in &queries {
        let mut all = of_prometheus.clone();
        for (metric, selected) in &query.metrics {
            let has = exposed.get(metric);
            let has = has.unwrap_or_else(|| panic!("no metric {metric}: {exposed:?}"));
            let has: BTreeSet<_> = has.union(&of_prometheus).cloned().collect();
            let unknown = selected.difference(&has).collect::<Vec<_>>();
            assert!(unknown.is_empty(), "{metric} has no label {unknown:?}");
            all.extend(has);
        }
        let unknown = query.groups.difference(&all).collect::<Vec<_>>();
        assert!(unknown.is_empty(), "no labels {unknown:?}: {query:?}");
    }

    let shown: BTreeSet<&str> = asked.iter().map(|metric| base(metric)).collect();
    let ours = exposed.keys().filter(|name| name.starts_with("cache_"));
    let left_out: Vec<_> = ours
        .filter(|metric| !shown.contains(base(metric)))
        .collect();
    assert!(left_out.is_empty(), "on no panel: {left_out:?}");
}

/// The name of a metric without the endings that a histogram adds.
fn base(metric: &str) -> &str {
    let endings = ["_bucket", "_sum", "_count"].into_iter();
    endings.fold(metric, |name, ending| {
        name.strip_suffix(ending).unwrap_or(name)
    })
}

/// The metrics of the example `monitoring`, once all of these are there: a duration comes with the first load.
fn exposed_by_the_shop(needed: &BTreeSet<String>) -> BTreeMap<String, BTreeSet<String>> {
    let shop = Server::start("monitoring", &["--port", "0"], &[]).unwrap();
    let start = Instant::now();
    loop {
        let answer = shop.get("/metrics", &[]).unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
        let metrics = exposed(&answer.body);
        if needed.iter().all(|name| metrics.contains_key(name)) || start.elapsed() > BOUND {
            return metrics;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}
