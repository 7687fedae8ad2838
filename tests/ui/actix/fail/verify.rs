use cache_core::actix::cache_page;

#[cache_page(ttl = "5m", verify = 0.01)]
async fn page() -> &'static str {
    "page"
}

fn main() {}
