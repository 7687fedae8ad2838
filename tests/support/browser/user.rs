//! What a user does with a page, and reads there.

use std::time::Instant;

use serde_json::{Value, json};

use super::{Browser, BrowserError, POLL, keys, text_of};
use crate::BOUND;

/// The key under which WebDriver has the id of an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// The errors that may be over a moment later, when the page is complete or stands still.
const PASSING: [&str; 4] = [
    "no such element",
    "stale element reference",
    "element not interactable",
    "element click intercepted",
];

impl Browser {
    /// Clicks the first such element, once it is there and nothing covers it.
    pub async fn click(&self, css: &str) -> Result<(), BrowserError> {
        let start = Instant::now();
        loop {
            match self.try_click(css).await {
                Err(error) if PASSING.contains(&&*error.name) => {
                    if start.elapsed() > BOUND {
                        return Err(self.explain(&format!("click {css}"), &error.why).await);
                    }
                    tokio::time::sleep(POLL).await;
                }
                done => return done,
            }
        }
    }

    async fn try_click(&self, css: &str) -> Result<(), BrowserError> {
        let wanted = json!({ "using": "css selector", "value": css });
        let found = self.session.post("element", &wanted).await?;
        let click = format!("element/{}/click", text_of(&found[ELEMENT]));
        self.session.post(&click, &json!({})).await?;
        Ok(())
    }

    /// Presses keys one after the other, wherever the focus is: `&["words", ENTER]`. [`SHIFT`](super::SHIFT) is held to the end.
    pub async fn press(&self, keys: &[&str]) -> Result<(), BrowserError> {
        self.session.post("actions", &keys::actions(keys)).await?;
        Ok(())
    }

    /// Returns the text of the first such element as it is shown. Waits until there is one.
    pub async fn text(&self, css: &str) -> Result<String, BrowserError> {
        let text = self.of_first(css, "e.innerText", &[]).await?;
        Ok(text_of(&text))
    }

    /// Returns the texts of all such elements in the order of the page. Waits for none.
    pub async fn texts(&self, css: &str) -> Result<Vec<String>, BrowserError> {
        let all = "return Array.from(document.querySelectorAll(arguments[0]), e => e.innerText)";
        let all = self.run(all, &[css.into()]).await?;
        Ok(all.as_array().into_iter().flatten().map(text_of).collect())
    }

    /// Returns an attribute of the first such element, if the element has it. Waits until there is one.
    pub async fn attribute(&self, css: &str, name: &str) -> Result<Option<String>, BrowserError> {
        let read = "e.getAttribute(arguments[1])";
        let value = self.of_first(css, read, &[name.into()]).await?;
        Ok(value.as_str().map(str::to_owned))
    }

    async fn of_first(&self, css: &str, read: &str, more: &[Value]) -> Result<Value, BrowserError> {
        // In an array, because an empty text counts as false.
        let found = format!("(e => e && [{read}])(document.querySelector(arguments[0]))");
        let arguments = [&[css.into()], more].concat();
        let mut found = self.until_with(&found, &arguments).await?;
        Ok(found[0].take())
    }
}
