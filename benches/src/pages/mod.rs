//! The cost of a page hit: one axum server and one client, which requests its pages by turns.

mod client;
mod others;
mod peers;
mod server;

use crate::contest::{Contender, Contest};
use client::Client;
use server::Server;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

pub(crate) use others::{TITLE as OTHER_SERVERS, contest as other_servers};

/// How long a sample lasts.
const SAMPLE: Duration = Duration::from_secs(1);

/// A page of the server, and a text that its answers must contain, so that the contest measures the right thing.
struct Page {
    name: &'static str,
    path: &'static str,
    marker: Option<&'static str>,
    /// Whether the client has the page already, and asks whether it has changed.
    is_known: bool,
}

const PAGES: [Page; 6] = [
    Page::new("static Bytes", "/static", None),
    Page::new("static Bytes, the same fields", "/fields", None),
    Page::new("#[cache_page]", "/cached", Some("; hit")),
    Page {
        is_known: true,
        ..Page::new("#[cache_page], a 304", "/cached", Some("; hit"))
    },
    Page::new("CachePageLayer::new", "/site", Some("; hit")),
    Page::new("CachePageLayer::shared", "/shared", Some("; hit")),
];

impl Page {
    const fn new(name: &'static str, path: &'static str, marker: Option<&'static str>) -> Self {
        Self {
            name,
            path,
            marker,
            is_known: false,
        }
    }
}

/// The contest over the pages.
///
/// # Errors
/// If the server cannot be started or does not answer, or if a page is wrong.
pub(crate) fn contest() -> std::io::Result<Contest> {
    let server = Rc::new(Server::start()?);
    let client = Rc::new(RefCell::new(Client::connect(server.address)?));
    let mut contenders = Vec::new();
    for page in PAGES.into_iter().chain(peers::PAGES) {
        let request = client
            .borrow_mut()
            .check(page.path, page.marker, page.is_known)?;
        let (server, client) = (Rc::clone(&server), Rc::clone(&client));
        let sample = move || {
            let before = server.processor_time();
            let (answers, took) = match client.borrow_mut().ask_for(&request, SAMPLE) {
                Ok((answers, took)) => (f64::from(answers), took),
                Err(error) => panic!("the client lost its server: {error}"),
            };
            let spent = server.processor_time().saturating_sub(before);
            vec![
                answers / took.as_secs_f64(),
                spent.as_secs_f64() * 1e6 / answers,
            ]
        };
        contenders.push(Contender {
            name: page.name,
            sample: Box::new(sample),
        });
    }
    Ok(Contest {
        title: "a page of 2 KB".to_owned(),
        rounds: 15,
        units: &[
            "requests a second",
            "µs of the server's processor a request",
        ],
        baselines: &["static Bytes", "static Bytes, the same fields"],
        contenders,
    })
}
