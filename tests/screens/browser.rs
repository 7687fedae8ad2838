//! The browser of the other tests.

use std::path::Path;

use axum::Router;
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::response::Html;
use axum::routing::get;
use cache_tests::browser::{Browser, ENTER, ESCAPE, SHIFT, TAB};
use cache_tests::until;

mod blog;
mod dashboard;

const PAGE: &str = include_str!("browser/page.html");
const STRICT: &str =
    r#"<!doctype html><link rel="icon" href="data:,"><p>strict</p><script>alert(1)</script>"#;

/// Serves pages on a port of its own, as long as the test runs; returns their address.
async fn site() -> String {
    let other = "<!doctype html><link rel=icon href='data:,'><h1>Other</h1>";
    let policy = [(CONTENT_SECURITY_POLICY, "default-src 'none'; img-src data:")];
    let site = Router::new()
        .route("/", get(|| async { Html(PAGE) }))
        .route("/other", get(move || async move { Html(other) }))
        .route(
            "/strict",
            get(move || async move { (policy, Html(STRICT)) }),
        );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async { axum::serve(listener, site).await });
    address
}

async fn at(path: &str) -> (Browser, String) {
    let site = site().await;
    let browser = Browser::start().await.unwrap();
    browser.open(&format!("{site}{path}")).await.unwrap();
    (browser, site)
}

async fn background(browser: &Browser) -> String {
    let color = "getComputedStyle(document.body).backgroundColor";
    let color = browser.until(color).await.unwrap();
    color.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn it_clicks_once_an_element_is_there_and_reads_what_comes_of_it() {
    let (browser, site) = at("/").await;
    assert_eq!(browser.text("#count").await.unwrap(), "0");
    browser.click("#more").await.unwrap();
    browser.click("#late").await.unwrap();
    assert_eq!(browser.text("#count").await.unwrap(), "1");
    browser
        .until("document.querySelector('dialog').open")
        .await
        .unwrap();
    browser.press(&[ESCAPE]).await.unwrap();
    browser
        .until("!document.querySelector('dialog').open")
        .await
        .unwrap();
    browser.click("a").await.unwrap();
    assert_eq!(browser.text("h1").await.unwrap(), "Other");
    let url = browser.run("return location.href", &[]).await.unwrap();
    assert_eq!(url, format!("{site}/other"));
    assert!(browser.errors().await.unwrap().is_empty());
}

#[tokio::test]
async fn it_goes_through_a_page_by_keys() {
    let (browser, _) = at("/").await;
    let focused = async || {
        let id = browser.run("return document.activeElement.id", &[]).await;
        id.unwrap().as_str().unwrap().to_owned()
    };
    browser.press(&[TAB]).await.unwrap();
    assert_eq!(focused().await, "more");
    browser.press(&[TAB]).await.unwrap();
    assert_eq!(focused().await, "name");
    assert!(browser.texts("li").await.unwrap().is_empty());
    browser.press(&["Ada Ö", ENTER]).await.unwrap();
    assert_eq!(browser.text("li").await.unwrap(), "Ada Ö");
    browser.press(&[SHIFT, TAB]).await.unwrap();
    assert_eq!(focused().await, "more");
    let label = browser.attribute("#name", "aria-label").await.unwrap();
    assert_eq!(label.as_deref(), Some("Name"));
    assert_eq!(browser.attribute("#name", "title").await.unwrap(), None);
}

#[tokio::test]
async fn it_prefers_dark_pages_when_told_and_takes_pictures() {
    let (browser, site) = at("/").await;
    assert_eq!(background(&browser).await, "rgb(255, 255, 255)");
    browser
        .prefer(&[("prefers-color-scheme", "dark")])
        .await
        .unwrap();
    assert_eq!(background(&browser).await, "rgb(0, 0, 0)");
    browser.resize(320, 640).await.unwrap();
    // Both last.
    browser.open(&format!("{site}/other")).await.unwrap();
    browser.open(&site).await.unwrap();
    assert_eq!(background(&browser).await, "rgb(0, 0, 0)");
    let in_view = browser.run("return [innerWidth, innerHeight]", &[]).await;
    assert_eq!(in_view.unwrap().to_string(), "[320,640]");
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("dark.png");
    browser.screenshot(&file).await.unwrap();
    let picture = std::fs::read(&file).unwrap();
    assert!(picture.starts_with(b"\x89PNG") && picture.len() > 500);
    // The size of a PNG is in its head.
    assert_eq!(picture[16..24], [0, 0, 1, 64, 0, 0, 2, 128]);
}

#[tokio::test]
async fn it_reports_what_the_console_shows_in_red() {
    let (browser, site) = at("/").await;
    let errors = async || browser.errors().await.unwrap();
    browser
        .run("console.error('bad', 7); console.warn('so so')", &[])
        .await
        .unwrap();
    let said = errors().await;
    assert!(said.len() == 1 && said[0].contains("\"bad\" 7"), "{said:?}");
    assert!(errors().await.is_empty());
    browser
        .run("setTimeout(() => undefined_name())", &[])
        .await
        .unwrap();
    browser
        .run(
            "return fetch('/missing').then(answer => answer.status)",
            &[],
        )
        .await
        .unwrap();
    let said = errors().await;
    assert!(
        said.iter()
            .any(|said| said.contains("undefined_name is not defined")),
        "{said:?}"
    );
    assert!(said.iter().any(|said| said.contains("404")), "{said:?}");
    browser.open(&format!("{site}/strict")).await.unwrap();
    assert_eq!(browser.text("p").await.unwrap(), "strict");
    let said = errors().await;
    assert!(
        said.len() == 1 && said[0].contains("Content Security Policy"),
        "{said:?}"
    );
}

#[tokio::test]
async fn an_error_says_what_was_asked_and_why_not() {
    let browser = Browser::start().await.unwrap();
    // The port 0 is nobody's, and 1 is one that browsers refuse.
    for nowhere in [
        "http://127.0.0.1:0/",
        "http://127.0.0.1:1/",
        "http://example.com/",
    ] {
        let error = browser.open(nowhere).await.unwrap_err();
        assert!(error.to_string().contains(nowhere), "{error}");
    }
    // What a script returns is none, whatever it looks like.
    let value = browser.run("return { error: 'none' }", &[]).await.unwrap();
    assert_eq!(value["error"], "none");
    let error = browser.until("no_such_name").await.unwrap_err();
    assert!(
        error.to_string().contains("no_such_name is not defined"),
        "{error}"
    );
    let error = browser.click("a[").await.unwrap_err();
    assert!(error.to_string().contains("selector"), "{error}");
}

#[tokio::test]
async fn it_leaves_neither_processes_nor_files() {
    let browser = Browser::start().await.unwrap();
    let folder = browser.folder().to_owned();
    assert!(!using(&folder).is_empty() && folder.exists());
    drop(browser);
    // The processes that report crashes end by themselves.
    until(|| using(&folder).is_empty()).await;
    assert!(!folder.exists(), "litter: {}", folder.display());
}

/// The processes whose command line names a folder.
fn using(folder: &Path) -> Vec<String> {
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let lines = processes.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
    let lines = lines.map(|line| String::from_utf8_lossy(&line).into_owned());
    let folder = folder.to_str().unwrap();
    lines.filter(|line| line.contains(folder)).collect()
}
