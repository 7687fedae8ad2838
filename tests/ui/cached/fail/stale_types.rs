//! Types that cannot do what the arguments about stale values ask of them.

use cache_core::cached;

struct Db;

#[derive(Clone)]
struct Failed;

#[cached(key = "{n}", ttl = "5m", skip(db), refresh_ahead = 0.5)]
fn cannot_be_copied(db: &Db, n: u64) -> u64 {
    let _ = db;
    n
}

#[cached(ttl = "5m", hard_timeout = "2s")]
fn has_no_error(n: u64) -> u64 {
    n
}

#[cached(ttl = "5m", hard_timeout = "2s")]
fn has_another_error(n: u64) -> Result<u64, Failed> {
    Ok(n)
}

#[cached(ttl = "5m", fallback = "none")]
fn falls_back_on_another_type(n: u64) -> Result<u64, String> {
    Ok(n)
}

#[cached(ttl = "5m", stale_while_revalidate = "1m", skip(rc))]
async fn stays_on_its_thread(n: u64, rc: std::rc::Rc<u64>) -> u64 {
    n + *rc
}

fn main() {}
