//! A real browser for tests of pages: Chromium without a window, which ends with its [`Browser`], and with its profile.
//!
//! Elements are named by CSS selectors and looked for at each use, so that a page may replace them at any time. What a page does a
//! little later is waited for: a click waits until its element is there and can be clicked, and a text until there is one.
#![allow(
    clippy::missing_errors_doc,
    reason = "all fail alike: when the browser refuses or has ended, or when what is waited for does not come; the error says \
              what was asked, and why not"
)]

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

pub use self::keys::{ENTER, ESCAPE, SHIFT, TAB};
pub use self::wire::BrowserError;
use crate::BOUND;
use crate::servers::{Server, chromedriver};

mod keys;
mod looks;
mod user;
mod wire;

use self::wire::Wire;

const POLL: Duration = Duration::from_millis(20);
/// The errors of a script that meets a page which is just leaving.
const LEAVING: [&str; 2] = ["unknown error", "no such execution context"];

/// A browser with one tab, 1280 pixels wide and 800 high.
#[derive(Debug)]
pub struct Browser {
    session: Wire,
    driver: Server,
}

impl Browser {
    /// Starts one with an empty profile.
    ///
    /// # Panics
    /// When `chromedriver` or `chromium` is not installed.
    pub async fn start() -> Result<Self, BrowserError> {
        let driver = chromedriver::chromedriver();
        let profile = driver.folder().join("profile");
        let arguments = json!([
            "--headless=new",
            // In a container it has no sandbox to use; it sees no pages but ours.
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            // It ends when ChromeDriver does, even if that is killed.
            "--remote-debugging-pipe",
            // A page that asks for something of another machine is found out.
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
            "--lang=en-US",
            format!("--user-data-dir={}", profile.display()),
        ]);
        let wanted = json!({
            "goog:chromeOptions": { "binary": chromedriver::chromium(), "args": arguments },
            "goog:loggingPrefs": { "browser": "ALL" },
            "timeouts": { "pageLoad": BOUND.as_millis(), "script": BOUND.as_millis() },
        });
        let wanted = json!({ "capabilities": { "alwaysMatch": wanted } });
        let session = Wire::to(driver.url());
        // From here on, Chromium ends with it, whatever happens.
        let mut browser = Self { session, driver };
        let opened = browser.session.post("session", &wanted).await?;
        let id = text_of(&opened["sessionId"]);
        browser.session = Wire::to(format!("{}/session/{id}", browser.driver.url()));
        browser.resize(1280, 800).await?;
        Ok(browser)
    }

    /// Returns the folder with its profile.
    pub fn folder(&self) -> &Path {
        self.driver.folder()
    }

    /// Opens an address, and returns when the page has loaded.
    pub async fn open(&self, url: &str) -> Result<(), BrowserError> {
        self.session.post("url", &json!({ "url": url })).await?;
        // A port that Chromium never connects to is no error of the command.
        let opened = self.run("return location.protocol", &[]).await?;
        if opened == "chrome-error:" {
            return Err(self.explain(&format!("open {url}"), "it cannot").await);
        }
        Ok(())
    }

    /// Runs the body of a JavaScript function in the page, and returns what it returns; of a promise, what it resolves to.
    pub async fn run(&self, body: &str, arguments: &[Value]) -> Result<Value, BrowserError> {
        let what = json!({ "script": body, "args": arguments });
        self.session.post("execute/sync", &what).await
    }

    /// Waits until a JavaScript expression is true, or what counts as true there, and returns its value.
    pub async fn until(&self, expression: &str) -> Result<Value, BrowserError> {
        self.until_with(expression, &[]).await
    }

    /// [`until`](Self::until) of an expression that uses `arguments`.
    async fn until_with(
        &self,
        expression: &str,
        arguments: &[Value],
    ) -> Result<Value, BrowserError> {
        let body = format!("return (value => [!!value, value])({expression})");
        let start = Instant::now();
        loop {
            match self.run(&body, arguments).await {
                Ok(mut pair) if pair[0] == true => return Ok(pair[1].take()),
                Err(error) if !LEAVING.contains(&&*error.name) => return Err(error),
                _ if start.elapsed() > BOUND => {
                    let asked = format!("wait for {expression} of {arguments:?}");
                    return Err(self.explain(&asked, "it does not come").await);
                }
                _ => tokio::time::sleep(POLL).await,
            }
        }
    }

    /// Returns what a user's console shows in red since the last call: errors of scripts, requests that fail, and what a content
    /// security policy refuses.
    pub async fn errors(&self) -> Result<Vec<String>, BrowserError> {
        // What the page has said before this answer has arrived with it.
        self.run("", &[]).await?;
        let what = json!({ "type": "browser" });
        let entries = self.session.post("se/log", &what).await?;
        let entries = entries.as_array().into_iter().flatten();
        let severe = entries.filter(|entry| entry["level"] == "SEVERE");
        Ok(severe.map(|entry| text_of(&entry["message"])).collect())
    }

    /// Sends a command of the Chrome DevTools Protocol.
    pub async fn devtools(&self, command: &str, parameters: Value) -> Result<Value, BrowserError> {
        let what = json!({ "cmd": command, "params": parameters });
        self.session.post("goog/cdp/execute", &what).await
    }

    /// An error that shows the page as it is.
    async fn explain(&self, asked: &str, why: &str) -> BrowserError {
        let shown =
            "return location.href + '\\n' + (document.body?.innerText ?? '').slice(0, 1000)";
        let shown = self.run(shown, &[]).await;
        let shown = shown.map_or_else(|error| error.to_string(), |shown| text_of(&shown));
        let errors = self.errors().await.unwrap_or_default().join("\n");
        BrowserError::new(
            asked,
            format!("{why}; the page is {shown}\n{errors}").trim_end(),
        )
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // With Chromium, which would otherwise end a little later, and still write to its profile.
        self.driver.kill();
    }
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
