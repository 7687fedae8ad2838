//! What Grafana draws: the queries of its dashboard, asked of a real Prometheus.

use std::time::{Duration, Instant};

use cache_tests::BOUND;
use cache_tests::example::Server;
use cache_tests::grafana::{Dashboard, Part, text};
use cache_tests::servers::prometheus::{self, query};

/// A query as Grafana sends it, with all jobs and sites chosen.
fn filled(query: &str) -> String {
    let query = query.replace("$__rate_interval", "10s");
    let query = query.replace("$job", ".*").replace("$site", ".*");
    assert!(!query.contains('$'), "an unknown variable: {query}");
    query
}

/// Whether there is something to draw.
fn is_shown(answer: &str) -> bool {
    let answer: Part = serde_json::from_str(answer).unwrap();
    assert_eq!(answer["status"], "success", "{answer}");
    let series = answer["data"]["result"].as_array().unwrap();
    let numbers = series.iter().filter_map(|one| one["value"][1].as_str());
    let mut numbers = numbers.filter_map(|text| text.parse::<f64>().ok());
    numbers.any(f64::is_finite)
}

#[test]
fn each_panel_and_variable_shows_something() {
    let dashboard = Dashboard::read();
    let queries = dashboard.queries();
    let mut missing: Vec<String> = queries
        .map(|(_, query)| filled(text(query, "expr")))
        .collect();
    missing.extend(dashboard.variables().map(|variable| {
        let values = format!("count by ({}) ({})", variable.label, variable.of);
        filled(&values)
    }));

    let shop = Server::start("monitoring", &["--port", "0"], &[]).unwrap();
    let prometheus = prometheus::prometheus(shop.address());
    let start = Instant::now();
    loop {
        missing.retain(|text| !is_shown(&query(prometheus.port(), text).unwrap()));
        if missing.is_empty() {
            return;
        }
        assert!(start.elapsed() < BOUND, "nothing for {missing:#?}");
        std::thread::sleep(Duration::from_millis(250));
    }
}

#[test]
fn it_ends_with_its_owner() {
    let server = prometheus::prometheus("127.0.0.1:1");
    let (port, folder) = (server.port(), server.folder().to_owned());
    drop(server);
    assert!(query(port, "up").is_err(), "it still answers");
    assert!(!folder.exists(), "litter: {}", folder.display());
}
