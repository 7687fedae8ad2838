//! Prometheus.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use rustix::process::Signal;

use super::{Kind, Place, Server, programs};

/// An answer that takes longer is none.
const ANSWER: Duration = Duration::from_secs(5);

/// Whom it asks, each second.
const TARGETS: &str = "targets.json";

const CONFIGURATION: &str = "\
global:
  scrape_interval: 1s
scrape_configs:
  - job_name: test
    file_sd_configs:
      - files: [targets.json]
        refresh_interval: 1s
";

static PROMETHEUS: Kind = Kind {
    name: "prometheus",
    url: |port| format!("http://127.0.0.1:{port}"),
    prepare: |place| {
        std::fs::write(place.path("prometheus.yml"), CONFIGURATION).expect("the folder is ours");
    },
    command,
    answers: |place, _| place.log().contains("ready to receive web requests") && place.is_open(),
    end: Signal::KILL,
};

/// A Prometheus that reads the metrics of a program at an address such as `127.0.0.1:3000`, each second.
///
/// # Panics
/// When `prometheus` is not installed or does not start.
pub fn prometheus(target: &str) -> Server {
    let server = Server::start(&PROMETHEUS, &[]);
    let targets = format!(r#"[{{"targets": ["{target}"]}}]"#);
    std::fs::write(server.folder().join(TARGETS), targets).expect("the folder is ours");
    server
}

fn command(place: &Place) -> Command {
    let program = programs::find(&["prometheus"]).expect("prometheus is not installed");
    let mut command = place.folder.command(&program);
    command.args([
        "--config.file=prometheus.yml",
        "--storage.tsdb.path=data",
        "--log.level=info",
    ]);
    command.arg(format!("--web.listen-address=127.0.0.1:{}", place.port));
    command
}

/// What the Prometheus on a port of `127.0.0.1` answers to a query of `PromQL`: a text in JSON, errors included.
///
/// # Errors
/// When it is not reached or says nothing for five seconds.
pub fn query(port: u16, query: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(ANSWER))?;
    let query = query.bytes().map(|byte| format!("%{byte:02X}"));
    let query = query.collect::<Vec<_>>().concat();
    // In HTTP/1.0 the answer ends with the connection, so it need not be parsed.
    let request = format!("GET /api/v1/query?query={query} HTTP/1.0\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let body = answer
        .split_once("\r\n\r\n")
        .map(|(_, body)| body.to_owned());
    body.ok_or_else(|| io::ErrorKind::InvalidData.into())
}
