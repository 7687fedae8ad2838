//! The dashboard in a browser.

use axum::Router;
use axum::routing::get;
use cache_core::dashboard::Dashboard;
use cache_core::{cache_page, cached, invalidates};
use cache_tests::browser::{Browser, ENTER, ESCAPE, TAB};
use serde_json::json;

#[cached(key = "screens:square:{n}", ttl = "1h", tags("screens:squares"))]
fn square(n: u64) -> u64 {
    n * n
}

#[cached(key = "screens:<b>hostile</b>:{text}")]
fn hostile(text: &str) -> usize {
    text.len()
}

#[cache_page(ttl = "1h", tags("screens:pages"))]
async fn page() -> &'static str {
    "a page"
}

#[invalidates(tags("screens:squares", "screens:nobody"))]
fn change() -> Result<(), String> {
    Ok(())
}

/// Serves a dashboard, and opens it in a browser of this width.
async fn opened(dashboard: Dashboard, width: u32) -> (Browser, String) {
    let app: Router = Router::new()
        .route("/page", get(page))
        .nest("/_cache", dashboard.router());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/_cache", listener.local_addr().unwrap());
    tokio::spawn(async { axum::serve(listener, app).await });
    let browser = Browser::start().await.unwrap();
    browser.resize(width, 900).await.unwrap();
    browser.open(&address).await.unwrap();
    browser
        .until("document.getElementById('live').dataset.state === 'live'")
        .await
        .unwrap();
    (browser, address)
}

/// What a row of the table of sites shows.
async fn row(browser: &Browser, name: &str) -> String {
    let rows = "Array.from(document.querySelectorAll('tr[data-site]'))";
    let found = format!("{rows}.find(row => row.textContent.includes('{name}'))?.innerText");
    let text = browser.until(&found).await.unwrap();
    text.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_page_shows_the_counters_and_follows_them() {
    square(1);
    let before = square::stats();
    let (browser, _) = opened(Dashboard::new(), 1_280).await;
    browser
        .run(
            "document.querySelector('#ranges input[value=total]').click()",
            &[],
        )
        .await
        .unwrap();
    for _ in 0..1_000_u64.saturating_sub(before.hits) {
        square(1);
    }
    // Polled, without a word from here.
    let follows = "Array.from(document.querySelectorAll('tr[data-site]'))\
                   .find(row => row.textContent.includes('square'))?.innerText.includes('1,00')";
    browser.until(follows).await.unwrap();
    assert!(row(&browser, "square").await.contains('%'));
    assert_eq!(browser.errors().await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn a_site_says_why_it_missed_and_is_purged_after_a_question() {
    cache_core::watch();
    square(7);
    change().unwrap();
    square(7);
    let (browser, _) = opened(Dashboard::new().with_purge(), 1_280).await;
    let link = "return Array.from(document.querySelectorAll('tr[data-site] .name a'))\
                .find(link => link.textContent.includes('square')).click()";
    row(&browser, "square").await;
    browser.run(link, &[]).await.unwrap();
    let said = "document.getElementById('view-other').innerText.includes('screens:squares')";
    browser.until(said).await.unwrap();
    let text = browser.text("#view-other").await.unwrap();
    assert!(text.contains("change") && text.contains(file!()), "{text}");
    browser.click(".title button").await.unwrap();
    browser
        .until("document.getElementById('purge').open")
        .await
        .unwrap();
    browser.press(&[ESCAPE]).await.unwrap();
    browser
        .until("!document.getElementById('purge').open")
        .await
        .unwrap();
    assert_eq!(square::peek(&7), Some(49), "nobody has said yes");
    browser.click(".title button").await.unwrap();
    browser
        .until("document.getElementById('purge').open")
        .await
        .unwrap();
    browser.press(&[TAB, ENTER]).await.unwrap();
    browser
        .until("document.getElementById('toast').textContent.startsWith('Purged')")
        .await
        .unwrap();
    assert_eq!(square::peek(&7), None);
    assert_eq!(browser.errors().await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn dead_names_and_hostile_keys_are_shown_as_text() {
    cache_core::watch();
    hostile("<img src=x onerror=alert(1)>\u{202e}");
    let (browser, address) = opened(Dashboard::new(), 1_280).await;
    browser.open(&format!("{address}#names")).await.unwrap();
    let dead = "document.getElementById('view-other').innerText.includes('screens:nobody')";
    browser.until(dead).await.unwrap();
    let text = browser.text("#view-other").await.unwrap();
    assert!(
        text.to_lowercase().contains("dead") || text.contains("nobody declares"),
        "{text}"
    );
    let link = "return Array.from(document.querySelectorAll('tr[data-site] .name a'))\
                .find(link => link.textContent.includes('hostile')).click()";
    browser.run("location.hash = '#sites'", &[]).await.unwrap();
    row(&browser, "hostile").await;
    browser.run(link, &[]).await.unwrap();
    let shown = "document.getElementById('view-other').innerText.includes('<img src=x')";
    browser.until(shown).await.unwrap();
    let made = browser
        .run(
            "return document.querySelectorAll('main img, main script').length",
            &[],
        )
        .await;
    assert_eq!(made.unwrap(), json!(0));
    assert_eq!(browser.errors().await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn it_fits_a_phone_and_the_dark() {
    square(1);
    let (browser, _) = opened(Dashboard::new(), 360).await;
    row(&browser, "square").await;
    let overflow = "return document.documentElement.scrollWidth > innerWidth";
    assert_eq!(browser.run(overflow, &[]).await.unwrap(), json!(false));
    let color = "getComputedStyle(document.body).backgroundColor";
    let light = browser.until(color).await.unwrap();
    browser
        .prefer(&[("prefers-color-scheme", "dark")])
        .await
        .unwrap();
    let dark = format!("{color} !== {light}");
    browser.until(&dark).await.unwrap();
    let picture = browser.folder().join("dark.png");
    browser.screenshot(&picture).await.unwrap();
    assert!(std::fs::metadata(&picture).unwrap().len() > 10_000);
    assert_eq!(browser.errors().await.unwrap(), Vec::<String>::new());
}
