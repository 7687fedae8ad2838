//! The blog in a browser, and its dashboard behind its login.

use cache_tests::browser::{Browser, ENTER};
use cache_tests::example::Server;
use serde_json::{Value, json};

/// The number of hits and misses of a page of the blog, as its dashboard's own interface gives it.
async fn counted(browser: &Browser, name: &str) -> (u64, u64) {
    let asked = "return fetch('/_cache/api/overview').then(answer => answer.json())";
    let overview = browser.run(asked, &[]).await.unwrap();
    let sites = overview["sites"].as_array().unwrap();
    let site = sites
        .iter()
        .find(|site| site["name"].as_str().unwrap().ends_with(name));
    let total = &site.unwrap()["total"];
    let count = |of: &Value| of.as_u64().unwrap();
    (count(&total["hits"]), count(&total["misses"]))
}

/// Waits for these numbers: an overview is shared for a second.
async fn until_counted(browser: &Browser, name: &str, expected: (u64, u64)) {
    let mut shown = counted(browser, name).await;
    for _ in 0..50 {
        if shown == expected {
            return;
        }
        let pause = "return new Promise(done => setTimeout(done, 100))";
        browser.run(pause, &[]).await.unwrap();
        shown = counted(browser, name).await;
    }
    assert_eq!(shown, expected);
}

/// Opens the dashboard of the blog and waits for its sites.
async fn open_dashboard(browser: &Browser, address: &str) {
    browser.open(&format!("{address}/_cache")).await.unwrap();
    browser
        .until("document.querySelectorAll('tr[data-site]').length > 0")
        .await
        .unwrap();
}

#[tokio::test]
async fn who_has_logged_in_sees_what_the_pages_cost_and_purges_them() {
    let browser = Browser::start().await.unwrap();
    let db = browser.folder().join("blog.db");
    let arguments = ["--listen", "127.0.0.1:0", "--db", db.to_str().unwrap()];
    let blog = Server::start("blog", &arguments, &[]).unwrap();
    let address = format!("http://{}", blog.address());
    browser.resize(1_280, 900).await.unwrap();
    // Every visit is to reach the blog.
    browser.devtools("Network.enable", json!({})).await.unwrap();
    let without = json!({ "cacheDisabled": true });
    browser
        .devtools("Network.setCacheDisabled", without)
        .await
        .unwrap();

    // A stranger is sent to the login page.
    browser.open(&format!("{address}/_cache")).await.unwrap();
    browser
        .until("location.pathname === '/login'")
        .await
        .unwrap();
    browser.click("input[name=name]").await.unwrap();
    browser
        .run("document.querySelector('input[name=name]').value = ''", &[])
        .await
        .unwrap();
    browser.press(&["mara"]).await.unwrap();
    browser.click("input[name=password]").await.unwrap();
    browser.press(&["demo", ENTER]).await.unwrap();
    browser
        .until("location.pathname !== '/login'")
        .await
        .unwrap();

    for _ in 0..3 {
        browser.open(&format!("{address}/about")).await.unwrap();
    }
    open_dashboard(&browser, &address).await;
    until_counted(&browser, "::about", (2, 1)).await;
    browser
        .run(
            "document.querySelector('#ranges input[value=total]').click()",
            &[],
        )
        .await
        .unwrap();
    let shown = "Array.from(document.querySelectorAll('tr[data-site]'))\
                 .find(row => row.textContent.includes('about'))?.innerText.includes('66.7%')";
    browser.until(shown).await.unwrap();

    // A purge of the site is seen by the next visitor.
    let link = "return Array.from(document.querySelectorAll('tr[data-site] .name a'))\
                .find(link => link.textContent.includes('about')).click()";
    browser.run(link, &[]).await.unwrap();
    browser.click(".title button").await.unwrap();
    browser
        .until("document.getElementById('purge').open")
        .await
        .unwrap();
    browser.click("#purge-go").await.unwrap();
    browser
        .until("document.getElementById('toast').textContent.startsWith('Purged')")
        .await
        .unwrap();
    assert_eq!(browser.errors().await.unwrap(), Vec::<String>::new());
    browser.open(&format!("{address}/about")).await.unwrap();
    open_dashboard(&browser, &address).await;
    until_counted(&browser, "::about", (2, 2)).await;
}
