//! The protocol of WebDriver: a request with JSON for each command.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

/// The time limit for a command. The first one starts Chromium, which takes seconds on a busy machine.
const ANSWER: Duration = Duration::from_secs(120);

/// How much of a command an error shows.
const SHOWN: usize = 300;

/// Why a browser does not do what a test asks for.
pub struct BrowserError {
    /// The command, or what was waited for.
    pub(super) asked: String,
    /// WebDriver's name for the error, or none if there was no answer.
    pub(super) name: String,
    pub(super) why: String,
}

impl BrowserError {
    pub(super) fn new(asked: &str, why: impl fmt::Display) -> Self {
        Self {
            asked: asked.to_owned(),
            name: String::new(),
            why: why.to_string(),
        }
    }
}

impl fmt::Display for BrowserError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.asked, self.why)
    }
}

/// As text, because tests unwrap it.
impl fmt::Debug for BrowserError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl Error for BrowserError {}

/// A way to a ChromeDriver, or to one of its sessions.
#[derive(Debug)]
pub(super) struct Wire {
    url: String,
    client: Client<HttpConnector, Body>,
}

impl Wire {
    /// The commands stand below this address.
    pub(super) fn to(url: String) -> Self {
        let mut client = Client::builder(TokioExecutor::new());
        // A connection for each command: none that the other side has just closed.
        let client = client.pool_max_idle_per_host(0).build_http();
        Self { url, client }
    }

    /// Reads something.
    pub(super) async fn get(&self, path: &str) -> Result<Value, BrowserError> {
        let answer = self.answer(Method::GET, path, Body::empty());
        value(path, answer).await
    }

    /// Has something done.
    pub(super) async fn post(&self, path: &str, what: &Value) -> Result<Value, BrowserError> {
        let what = what.to_string();
        let shown: String = what.chars().take(SHOWN).collect();
        let answer = self.answer(Method::POST, path, what.into());
        value(&format!("{path} {shown}"), answer).await
    }

    async fn answer(
        &self,
        method: Method,
        path: &str,
        body: Body,
    ) -> Result<(StatusCode, Value), Box<dyn Error + Send + Sync>> {
        let request = Request::builder().method(method);
        let request = request.uri(format!("{}/{path}", self.url)).body(body)?;
        let answer = self.client.request(request).await?;
        let status = answer.status();
        let bytes = to_bytes(Body::new(answer.into_body()), usize::MAX).await?;
        Ok((status, serde_json::from_slice(&bytes)?))
    }
}

/// The value in an answer, or the error.
async fn value(
    asked: &str,
    answer: impl Future<Output = Result<(StatusCode, Value), Box<dyn Error + Send + Sync>>>,
) -> Result<Value, BrowserError> {
    let (status, mut answer) = match tokio::time::timeout(ANSWER, answer).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => return Err(BrowserError::new(asked, chain(&*error))),
        Err(_) => return Err(BrowserError::new(asked, "the browser does not answer")),
    };
    let value = answer["value"].take();
    if status.is_success() {
        return Ok(value);
    }
    let name = value["error"].as_str().unwrap_or_default();
    let said = value["message"].as_str().unwrap_or_default();
    Err(BrowserError {
        asked: asked.to_owned(),
        name: name.to_owned(),
        // The other lines are the version of Chromium.
        why: said.lines().next().unwrap_or_default().to_owned(),
    })
}

/// An error of a client does not show its cause.
fn chain(error: &dyn Error) -> String {
    let cause = error.source().map(chain).map(|cause| format!(": {cause}"));
    format!("{error}{}", cause.unwrap_or_default())
}
