use cache_core::cache_page;

#[cache_page(ttl = "5m", cache = "pages")]
async fn page() -> &'static str {
    "a page"
}

fn main() {
    let _ = page::uncached();
}
